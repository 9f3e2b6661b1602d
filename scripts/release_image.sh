#!/usr/bin/env bash
# Builds the server's image, pushes it under this version's tag and prints what to deploy:
# `repository@sha256:…`. Signs in where the repository is one of ECR. The list of its Debian
# packages goes to dist/release/; those of Python are the PEX's.
#
#   scripts/release_image.sh REPOSITORY[:TAG]
#
# VOCALBABY_IMAGE=drift releases the image of the drift job instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() {
  printf 'release_image: %s\n' "$*" >&2
  exit 1
}

(($# == 1)) || die "use: release_image.sh REPOSITORY[:TAG]"
name="${VOCALBABY_IMAGE:-server}"
[[ -f "apps/$name/image/Dockerfile" ]] || die "there is no apps/$name/image/Dockerfile"
target="$1"
[[ ${target##*/} == *:* ]] || target="$target:$(scripts/release_version.sh)"
repository="${target%:*}"

if [[ $target =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com ]]; then
  "$(scripts/tool.sh aws)/aws" ecr get-login-password --region "${BASH_REMATCH[1]}" |
    docker login --username AWS --password-stdin "${target%%/*}" >&2
fi
PANTS_CONFIG_FILES=pants.ci.toml ./pants package "apps/$name/image" >&2
version="$(sed -nE 's/^VERSION = "(.+)"$/\1/p' build-support/macros.py)"
docker tag "vocalbaby-$name:$version" "$target"
docker push --quiet "$target" >&2
mkdir -p dist/release
docker run --rm --network none --entrypoint dpkg-query "$target" --show >"dist/release/$name.packages.txt"
image="$(docker image inspect --format '{{join .RepoDigests "\n"}}' "$target" |
  grep --fixed-strings "$repository@sha256:")" || die "$target was pushed, but has no digest"
printf '%s\n' "$image"
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then
  printf 'digest=%s\n' "${image#*@}" >>"$GITHUB_OUTPUT"
fi
