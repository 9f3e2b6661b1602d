#!/usr/bin/env bash
# Installs a tool as 3rdparty/python/tools/NAME.txt locks it, unless it is installed, and prints
# the folder of its commands: "$(scripts/tool.sh compose)/docker-compose".
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
lock="$root/3rdparty/python/tools/$1.txt"
home="${XDG_CACHE_HOME:-$HOME/.cache}/vocalbaby/$1-$(cksum <"$lock" | cut -d' ' -f1)"
if [[ ! -d "$home" ]]; then
  mkdir -p "$(dirname "$home")"
  work="$(mktemp -d "$home.XXXXXX")"
  "$root/scripts/uv.sh" --quiet venv --python 3.11 --relocatable "$work" >&2
  "$root/scripts/uv.sh" --quiet pip sync --python "$work/bin/python" --require-hashes "$lock" >&2
  # A concurrent call may have been faster; both results are the same.
  mv -T "$work" "$home" 2>/dev/null || rm -rf "$work"
fi
printf '%s/bin\n' "$home"
