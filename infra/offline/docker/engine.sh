#!/usr/bin/env bash
# Runs a separate Docker engine with all its data in a folder, for tests. The machine's own engine,
# images and firewall are not touched. Needs root and Debian's package docker.io.
#
#   eval "$(infra/offline/docker/engine.sh start FOLDER [OPTION...])"
#       starts the engine with options of dockerd and points `docker` at it
#   infra/offline/docker/engine.sh stop FOLDER
#       stops the engine and removes everything that it created
#
# Containers cannot reach other machines: build images with --network host.
set -euo pipefail

die() {
  printf 'docker engine: %s\n' "$*" >&2
  exit 1
}

groups_of() { # FOLDER: prints the name of the control group of this engine's containers
  printf 'vocalbaby-%s\n' "$(cksum <<<"$1" | cut -d' ' -f1)"
}

start() { # FOLDER OPTION...
  local work="$1" pid
  [[ $EUID -eq 0 ]] || die "needs root: dockerd mounts file systems"
  command -v dockerd >/dev/null || die "there is no dockerd: run scripts/ci_setup.sh"
  mkdir -p "$work/config"
  export DOCKER_HOST="unix://$work/docker.sock" DOCKER_CONFIG="$work/config"
  # `stop` reads this pidfile, so that it ends this engine and no other.
  nohup dockerd --host "$DOCKER_HOST" --data-root "$work/data" --exec-root "$work/exec" \
    --pidfile "$work/docker.pid" --bridge none --iptables=false --ip6tables=false \
    --ip-masq=false --ip-forward=false --exec-opt native.cgroupdriver=cgroupfs \
    --cgroup-parent "/$(groups_of "$work")" --containerd-namespace "$(groups_of "$work")" \
    --containerd-plugins-namespace "$(groups_of "$work")-plugins" "${@:2}" </dev/null >"$work/dockerd.log" 2>&1 &
  pid=$!
  for _ in {1..120}; do
    if docker info >/dev/null 2>&1; then
      printf 'export DOCKER_HOST=%q DOCKER_CONFIG=%q\n' "$DOCKER_HOST" "$DOCKER_CONFIG"
      return
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.5
  done
  kill "$pid" 2>/dev/null || true
  tail -n 20 "$work/dockerd.log" >&2
  die "the engine did not start; the end of its log is above"
}

stop() {
  local work="$1" pid mount
  pid="$(cat "$work/docker.pid" 2>/dev/null || true)"
  if [[ -n "$pid" ]]; then
    kill "$pid" 2>/dev/null || true
    for _ in {1..120}; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.25
    done
    kill -0 "$pid" 2>/dev/null && die "the engine, process $pid, does not stop"
  fi
  while read -r _ mount _; do
    [[ $mount == "$work"/* ]] && umount "$mount"
  done < <(tac /proc/mounts)
  # Builds use a control group whose name another engine's builds may share.
  find /sys/fs/cgroup -depth -type d -path "*/$(groups_of "$work")*" -exec rmdir {} +
  find /sys/fs/cgroup -depth -type d -path '*/docker' -exec \
    rmdir --ignore-fail-on-non-empty {} + 2>/dev/null || true
  rm -rf "$work"
}

[[ $# -ge 2 && $1 =~ ^(start|stop)$ ]] || die "usage: engine.sh start FOLDER [OPTION...] | stop FOLDER"
"$1" "$(realpath -m "$2")" "${@:3}"
