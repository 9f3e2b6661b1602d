#!/usr/bin/env bash
# Builds the PEXes and images twice, each time from nothing, and fails when they differ, or when
# the server's weigh more, start slower or may do more than they should; docs/deploy.md has the
# figures.
# Needs root and what scripts/ci_setup.sh installs; takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT # never the machine's own engine

work="$(mktemp -d)"
base=python:3.11-slim-bookworm
image=vocalbaby-server:0.1.0
pex="$PWD/dist/apps.server/server.pex"

finish() {
  local status=$? build
  trap - EXIT
  for build in 1 2; do
    infra/offline/docker/engine.sh stop "$work/engine$build" || status=1
  done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

say() { printf '%3d s  %s\n' "$SECONDS" "$*"; }
die() {
  printf '%3d s  FAILED: %s\n' "$SECONDS" "$*" >&2
  exit 1
}
at_most() { # WHAT MEASURED BOUND
  python3 -c 'import sys; sys.exit(float(sys.argv[1]) > float(sys.argv[2]))' "$2" "$3" ||
    die "$1: $2, more than $3"
  say "$1: $2, at most $3"
}
size_of() { docker image inspect --format '{{.Size}}' "$1"; }

build() { # NUMBER: with caches and an engine of its own; prints what it made
  engine="$(infra/offline/docker/engine.sh start "$work/engine$1")"
  eval "$engine"
  infra/offline/docker/debian_image.sh "$base" python3 python3-venv python3-yaml busybox
  rm -rf dist/apps.server dist/apps.drift
  PANTS_CONFIG_FILES=pants.ci.toml PANTS_LOCAL_STORE_DIR="$work/store$1" \
    PANTS_NAMED_CACHES_DIR="$work/caches$1" ./pants package apps/server:server apps/server/image \
    apps/drift:drift apps/drift/image >"$work/pants.log" 2>&1 || {
    tail -n 40 "$work/pants.log" >&2
    die "the build failed"
  }
  sha256sum "$pex" dist/apps.drift/drift.pex >"$work/made$1"
  docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}{{json .Config}}' \
    "$image" "${image/server/drift}" >>"$work/made$1"
  rm -rf "$work/store$1" "$work/caches$1"
  say "built: $(head -c 16 "$work/made$1")…"
}

build 1
infra/offline/docker/engine.sh stop "$work/engine1"
build 2
diff "$work/made1" "$work/made2" >&2 || die "two builds differ"
say "two builds of the PEXes and of every layer of both images are the same bytes"

size="$(stat --format %s "$pex")"
at_most "bytes of the PEX" "$size" 60000000
above="$(($(size_of "$image") - $(size_of "$base")))"
at_most "bytes of the image above its base" "$above" "$((size * 16 / 10))"
code="$(docker history --format '{{.Size}} {{.CreatedBy}}' --human=false --no-trunc "$image" |
  grep COPY | head -n 1 | cut -d' ' -f1)"
at_most "bytes of the layer of our code" "$code" 6000000

export PEX_ROOT="$work/pex"
python3.11 "$pex" --help >/dev/null
seconds="$(
  python3.11 - "$pex" <<'PY'
import socket, subprocess, sys, time, urllib.request

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
command = [sys.executable, sys.argv[1], "--port", str(port), "--drain-seconds", "0"]
began = time.monotonic()
server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
try:
    while time.monotonic() < began + 30:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
                break
        except OSError:
            time.sleep(0.01)
    print(f"{time.monotonic() - began:.2f}")
finally:
    server.terminate()
    server.wait(30)
PY
)"
at_most "seconds until a second start of the PEX is ready" "$seconds" 2

[[ "$(docker image inspect --format '{{.Config.User}}' "$image")" == 10001:10001 ]] ||
  die "the image runs as another user"
docker run --detach --name server --network none --read-only --tmpfs /tmp --cap-drop ALL \
  --security-opt no-new-privileges "$image" >/dev/null
for _ in {1..60}; do
  health="$(docker inspect --format '{{.State.Health.Status}}' server)"
  [[ $health == starting ]] || break
  sleep 1
done
[[ $health == healthy ]] || die "the image is $health: $(docker logs server 2>&1 | tail -n 5)"
docker rm --force server >/dev/null
say "the image is healthy as user 10001, with a read-only root and no capabilities"

inside() { docker run --rm --network none --entrypoint "$@"; }
# shellcheck disable=SC2016 # for the shell in the image
tools="$(inside sh "$image" -c 'for tool in cc gcc g++ ld make; do command -v "$tool"; done
  cd /opt/vocalbaby && ls -d bin/pip* lib/python*/site-packages/pip \
    lib/python*/site-packages/setuptools 2>/dev/null
  true')"
[[ -z "$tools" ]] || die "there are build tools: $tools"
inside /opt/vocalbaby/bin/python "$image" -c 'import importlib.metadata as m
print(*sorted(f"{d.name} {d.version}" for d in m.distributions(path=[p for p in __import__("sys").path if "vocalbaby" in p])), sep="\n")' >"$work/inside"
scripts/release_sbom.sh "$pex" | python3 -c 'import json, sys
print(*sorted(f"""{c["name"]} {c["version"]}""" for c in json.load(sys.stdin)["components"]), sep="\n")' \
  >"$work/listed"
diff "$work/listed" "$work/inside" || die "the list of packages is not what the image holds"
say "no build tools; the released list names all $(wc -l <"$work/listed") packages"
