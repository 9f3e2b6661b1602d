#!/usr/bin/env bash
# Moves a channel of a model store and watches what comes of it; the servers follow by
# themselves, nothing is restarted.
#
#   scripts/deploy_canary.sh STORE CHANNEL VERSION SHARE     e.g. s3://…/ production vocalbaby-… 0.1
#   scripts/deploy_canary.sh STORE CHANNEL VERSION promote   all requests
#   scripts/deploy_canary.sh STORE CHANNEL rollback          what was served before
#   scripts/deploy_canary.sh STORE CHANNEL VERSION withdraw  the same, only if it is the newest
#
# With VOCALBABY_URL the first two are watched: when the servers do not take the version, its
# answers fail, or clients get errors, the channel is rolled back and the exit code is 4; an
# interrupt does the same. The watch also reads
#   VOCALBABY_KEY_FILE         file with an API key, or VOCALBABY_API_KEY, the key
#   VOCALBABY_METRICS_URL      metrics of each server, where they can be reached
#   VOCALBABY_LOAD_BALANCER    app/<name>/<id>, whose errors CloudWatch counts
#   VOCALBABY_WATCH_SECONDS    how long (300)
#   VOCALBABY_WATCH_EVERY      seconds between two questions (2)
#   VOCALBABY_WATCH_PATIENCE   seconds for the servers to take the version (120)
#   VOCALBABY_MAX_ERROR_SHARE  over this share of failures it is rolled back (0.01)
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}" >&2
  exit 2
}
model() { "$root/scripts/vocalbaby.sh" model "$@" --store "$store" --channel "$channel"; }

(($# >= 3 && $# <= 4)) || usage
store="$1" channel="$2"
if [[ $3 == rollback && $# == 3 ]]; then
  model rollback
  exit
fi
(($# == 4)) || usage
version="$3" share="$4"
if [[ $share == withdraw ]]; then
  model rollback "$version"
  exit
fi

roll_back() { # WHY
  trap '' INT TERM
  printf 'deploy_canary: %s; rolling back\n' "$1" >&2
  model rollback || {
    printf 'deploy_canary: the rollback FAILED: %s still serves %s\n' "$channel" "$version" >&2
    exit 1
  }
  exit 4
}
trap '' INT TERM # whether the channel was moved must be known before anything is taken back
case $share in
  promote)
    share=1
    model promote "$version"
    ;;
  *) model canary "$version" --share "$share" ;;
esac
if [[ -z "${VOCALBABY_URL:-}" ]]; then
  printf 'deploy_canary: not watched, for VOCALBABY_URL is not set\n' >&2
  exit
fi

watch=("$VOCALBABY_URL" "$version" "$share" --seconds "${VOCALBABY_WATCH_SECONDS:-300}")
watch+=(--max-error-share "${VOCALBABY_MAX_ERROR_SHARE:-0.01}")
watch+=(--every "${VOCALBABY_WATCH_EVERY:-2}" --patience "${VOCALBABY_WATCH_PATIENCE:-120}")
[[ -z "${VOCALBABY_KEY_FILE:-}" ]] || watch+=(--key-file "$VOCALBABY_KEY_FILE")
[[ -z "${VOCALBABY_LOAD_BALANCER:-}" ]] || watch+=(--load-balancer "$VOCALBABY_LOAD_BALANCER")
for url in ${VOCALBABY_METRICS_URL:-}; do
  watch+=(--metrics "$url")
done
watcher=""
trap '[[ -z $watcher ]] || kill "$watcher" 2>/dev/null; roll_back interrupted' INT TERM
# In the background: bash handles a signal only between commands.
PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}" python3 -m scripts.watch_rollout "${watch[@]}" &
watcher=$!
wait "$watcher" || roll_back "the watch of $version failed"
