#!/usr/bin/env bash
# Uses the service with curl, with clients of Python, Node, Go and Java, and prints as a table what
# each of them did rightly. Installs Debian's packages of these languages where they are missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=()
command -v curl >/dev/null || packages+=(curl)
command -v node >/dev/null || packages+=(nodejs)
command -v go >/dev/null || packages+=(golang-go)
command -v javac >/dev/null || packages+=(default-jdk-headless)
if ((${#packages[@]})); then
  sudo="$([[ $EUID -eq 0 ]] || echo sudo)"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
[[ -x .venv/bin/python ]] || scripts/env.sh
.venv/bin/python -m tests.server.clients.matrix
