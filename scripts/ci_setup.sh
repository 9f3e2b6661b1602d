#!/usr/bin/env bash
# Installs the Debian packages that tests tagged `needs_debian` ask for, and a C compiler.
set -euo pipefail

# For packages/api/tests/browser, and where there is no compiler, packages/kernel.
packages=(chromium chromium-driver)
command -v cc >/dev/null || packages+=(gcc libc6-dev)

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
