#!/usr/bin/env bash
# Installs the Debian packages that tests tagged `needs_debian` ask for.
set -euo pipefail

packages=(
  chromium chromium-driver # packages/api/tests/browser
  prometheus               # promtool: packages/api/tests/promtool, dashboards/tests
)

missing=()
for package in ${packages[@]+"${packages[@]}"}; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null |
    grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  sudo="$([[ $EUID -eq 0 ]] || echo sudo)"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "${missing[@]}"
fi
