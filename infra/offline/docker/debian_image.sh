#!/usr/bin/env bash
# Builds a Docker image from Debian packages, for machines that cannot reach an image registry. The
# image is imported into the engine that `docker` points at; its archive is cached between runs.
# Needs root and mmdebstrap.
#
#   infra/offline/docker/debian_image.sh IMAGE PACKAGE...
set -euo pipefail

(($# >= 2)) || {
  printf 'usage: debian_image.sh IMAGE PACKAGE...\n' >&2
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
  from=() # the package source of this machine, if it runs the same release of Debian
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
