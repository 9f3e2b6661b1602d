#!/usr/bin/env bash
# Installs the Debian packages that tests tagged `needs_debian` require, and a C compiler.
set -euo pipefail

sudo="$([[ $EUID -eq 0 ]] || echo sudo)"
packages=(
  prometheus              # promtool: tests/server, dashboards/tests
  prometheus-alertmanager # tests/delivery, tests/live, infra/tests/monitoring_instance, scripts/test_compose.sh
  prometheus-pushgateway  # tests/pushgateway
  systemd                 # systemd-analyze: infra/tests/monitoring_instance
  cron                    # crontab: tests/delivery
  mmdebstrap curl         # scripts/test_compose.sh
  docker-registry procps  # scripts/test_deployment.sh
  ffmpeg                  # tests/test_transfer_codecs.py, scripts/test_transfer.sh, scripts/test_decoding.sh, scripts/test_fetch_recordings.sh, tests/decoders
  libavcodec-extra        # the same: the encoders of AMR
  sox lame flac           # tests/formats
  vorbis-tools opus-tools # tests/formats
  r-base-core             # tests/guides
  fish zsh                # tests/shells
  nginx openssl           # tests/server/proxy
)
# The keys with which mmdebstrap verifies Debian's packages.
grep --quiet '^ID=debian' /etc/os-release || packages+=(debian-archive-keyring)
command -v dockerd >/dev/null || packages+=(docker.io) # scripts/test_compose.sh
# For tests/browser. Ubuntu has no such packages; GitHub's runners have Chrome.
if [[ -x /usr/bin/google-chrome && -x /usr/bin/chromedriver ]]; then
  [[ -e /usr/bin/chromium ]] || $sudo ln -s google-chrome /usr/bin/chromium
else
  packages+=(chromium chromium-driver)
fi
command -v cc >/dev/null || packages+=(gcc libc6-dev) # packages/kernel

missing=()
for package in ${packages[@]+"${packages[@]}"}; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null |
    grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "${missing[@]}"
fi

if ! command -v kubectl >/dev/null; then # for tests/delivery; Debian's is too old
  echo "There is no kubectl: install it, https://kubernetes.io/docs/tasks/tools" >&2
  exit 1
fi
