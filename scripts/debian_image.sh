#!/usr/bin/env bash
# Makes an image of Debian packages on the engine that `docker` points at, where no registry
# is within reach. The archive is kept between runs. Needs root and mmdebstrap.
#
#   scripts/debian_image.sh IMAGE PACKAGE...
set -euo pipefail

(($# >= 2)) || {
  printf 'use: debian_image.sh IMAGE PACKAGE...\n' >&2
  exit 2
}
image="$1"
shift
packages="$(printf '%s\n' "$@" | sort | paste -sd,)"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/vocalbaby"
tar="$cache/debian-$({
  printf '%s\n' "$packages"
  cat "${BASH_SOURCE[0]}"
} | cksum | cut -d' ' -f1).tar"

if [[ ! -f "$tar" ]]; then
  mkdir -p "$cache"
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  from=() # where this machine's packages are from, if they are of the same Debian
  if grep --quiet '^VERSION_CODENAME=bookworm' /etc/os-release; then
    for source in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list; do
      [[ -f "$source" ]] && break
    done
    from=("$source")
  fi
  mmdebstrap --quiet --variant=minbase --include="$packages" \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    bookworm "$work/image.tar" ${from[@]+"${from[@]}"}
  mv "$work/image.tar" "$tar.$$"
  mv "$tar.$$" "$tar"
fi
docker import --change 'CMD ["python3"]' "$tar" "$image" >/dev/null
