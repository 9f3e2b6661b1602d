#!/usr/bin/env bash
# Builds an image, pushes it under the tag of this version, and prints what to deploy:
# `repository@sha256:…`. A tag is written once: the same content again is accepted, other content
# is an error. Signs in if the repository is in ECR. Writes the list of the image's Debian packages
# to dist/release/; its Python packages are those of the PEX.
#
#   scripts/release_image.sh REPOSITORY[:TAG]
#
# REPOSITORY must end with the name of the image, server or drift.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_image: %s\n' "$*" >&2
  exit 1
}
content() { # IMAGE: everything that identifies it except its build time
  docker image inspect --format '{{json .RootFS.Layers}} {{json .Config}}' "$1"
}

(($# == 1)) || die "use: release_image.sh REPOSITORY[:TAG]"
target="$1"
[[ ${target##*/} == *:* ]] || target="$target:$(scripts/release_version.sh)"
repository="${target%:*}" name="${target##*/}"
name="${name%:*}"
[[ -f "apps/$name/image/Dockerfile" ]] ||
  die "the name of the repository must end with server or drift, not with '$name'"

if [[ $target =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com ]]; then
  "$(scripts/tool.sh aws)/aws" ecr get-login-password --region "${BASH_REMATCH[1]}" |
    docker login --username AWS --password-stdin "${target%%/*}" >&2
fi
PANTS_CONFIG_FILES=pants.ci.toml ./pants package "apps/$name/image" >&2
built="vocalbaby-$name:$(sed -nE 's/^VERSION = "(.+)"$/\1/p' build-support/macros.py)"
if error="$(docker pull --quiet "$target" 2>&1 >/dev/null)"; then
  [[ "$(content "$target")" == "$(content "$built")" ]] ||
    die "$target exists with other content; a version is written once"
else
  grep --quiet --extended-regexp 'manifest unknown|not found' <<<"$error" ||
    die "cannot find out whether $target exists: $error"
  docker tag "$built" "$target"
  docker push --quiet "$target" >&2
fi
mkdir -p dist/release
docker run --rm --network none --entrypoint dpkg-query "$target" --show >"dist/release/$name.packages.txt"
image="$(docker image inspect --format '{{join .RepoDigests "\n"}}' "$target" |
  grep --fixed-strings "$repository@sha256:")" || die "$target was pushed but has no digest"
printf '%s\n' "$image"
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then
  printf 'digest=%s\n' "${image#*@}" >>"$GITHUB_OUTPUT"
fi
