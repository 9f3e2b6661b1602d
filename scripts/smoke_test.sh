#!/usr/bin/env bash
# Asks a running service what its clients ask: health, ready, a clip's label, metrics. Ends
# with 1 and names the step that failed.
#
#   scripts/smoke_test.sh URL [KEY_FILE]
#
# With an API key, in KEY_FILE or VOCALBABY_API_KEY, a question without it must be refused.
# VOCALBABY_METRICS_URL is where the metrics are when they have a port of their own; without
# it they must be at URL/metrics or not be public. VOCALBABY_SMOKE_SECONDS (60) is how long
# the service may take to be ready.
set -euo pipefail

die() {
  printf 'smoke test: FAILED: %s\n' "$*" >&2
  exit 1
}
passed() { printf 'smoke test: %s\n' "$*"; }

(($# >= 1 && $# <= 2)) || die "use: smoke_test.sh URL [KEY_FILE]"
url="${1%/}" key="${VOCALBABY_API_KEY:-}" patience="${VOCALBABY_SMOKE_SECONDS:-60}"
if (($# == 2)); then
  [[ -s "$2" ]] || die "key: there is none in $2"
  key="$(<"$2")"
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
: >"$work/key"
if [[ -n "$key" ]]; then # in a file: a key is not for the list of processes
  printf 'Authorization: Bearer %s' "$key" >"$work/key"
fi

get() { # PATH-OR-URL [CURL-OPTION...]: the body into $work/body, prints the status
  local where="$1"
  [[ $where == http* ]] || where="$url$where"
  curl --silent --show-error --max-time 20 --output "$work/body" --write-out '%{http_code}' \
    "${@:2}" "$where" 2>"$work/error" || true
}
answered() { # what curl and the service said, shortened
  printf '%s %s' "$(cat "$work/error")" "$(head -c 300 "$work/body" 2>/dev/null)"
}

deadline=$((SECONDS + patience))
until [[ "$(get /health)" == 200 ]]; do
  ((SECONDS < deadline)) || die "health: nobody lives at $url: $(answered)"
  sleep 1
done
passed "health"

until [[ "$(get /ready)" == 200 ]]; do
  ((SECONDS < deadline)) || die "ready: no model answers after $patience s: $(answered)"
  sleep 1
done
passed "ready: $(head -c 300 "$work/body")"

python3 - "$work/clip.wav" <<'PY'
import math, struct, sys, wave
with wave.open(sys.argv[1], "wb") as clip:
    clip.setparams((1, 2, 16000, 0, "NONE", ""))
    tone = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
    clip.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
PY
ask=(/predict --form "files=@$work/clip.wav")
if [[ -n "$key" ]]; then
  status="$(get "${ask[@]}")"
  [[ $status == 401 ]] || die "key: without one the answer is $status, not 401: $(answered)"
  passed "key: without one nothing is answered"
fi
status="$(get "${ask[@]}" --header "@$work/key")"
[[ $status == 200 ]] || die "predict: the answer is $status: $(answered)"
python3 - "$work/body" <<'PY' || die "predict: not an answer: $(answered)"
import json, math, sys
with open(sys.argv[1], encoding="utf-8") as body:
    (result,) = json.load(body)["results"]
probabilities = result["probabilities"]
assert result["error"] is None, result["error"]
assert len(probabilities) == 5 and math.isclose(sum(probabilities.values()), 1, abs_tol=1e-4)
assert result["label"] in (*probabilities, None)
print(f"smoke test: predict: {result['label']} by {result['model_version']}")
PY

status="$(get "${VOCALBABY_METRICS_URL:-/metrics}")"
case "$status ${VOCALBABY_METRICS_URL:+private}" in
  200*)
    grep --quiet '^vocalbaby_predictions_total{.*} [1-9]' "$work/body" ||
      die "metrics: they count no prediction"
    passed "metrics count the prediction"
    ;;
  "404 ") passed "metrics are not public" ;;
  *) die "metrics: the answer is $status: $(answered)" ;;
esac
