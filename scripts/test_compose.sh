#!/usr/bin/env bash
# Runs what docs/monitoring.md says about the whole stack, on a Docker engine of its own: starts
# docker-compose.monitoring.yml, predicts through it, plants the page's drift and follows it to
# Alertmanager, looks whether every service does its part, and takes all down.
#
# The images of the service and of the drift job are the real ones, on a base made of Debian
# packages. Prometheus and Alertmanager are Debian's, in images with the names that the file
# pins. There is no Grafana: a stand-in checks what Grafana would be given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT # never the machine's own engine

work="$(mktemp -d)"

finish() {
  local status=$?
  trap - EXIT
  if ((status)) && [[ -n "${DOCKER_HOST:-}" ]]; then
    tail -n 40 "$work/said" 2>&1 || true
    docker ps --all 2>&1 || true
    docker compose logs --tail 20 2>&1 || true
  fi
  infra/offline/docker/engine.sh stop "$work/engine" || status=1
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

say() { printf '%3d s  %s\n' "$SECONDS" "$*"; }

make_stand_ins() {
  local service image
  cp -r tests/compose/stand_ins/* /usr/bin/prometheus /usr/bin/prometheus-alertmanager \
    /usr/share/prometheus/alertmanager "$work/images"
  for service in prometheus alertmanager grafana; do
    image="$(docker compose config --images "$service" | grep "$service:")"
    docker build --quiet --network host --target "$service" --tag "$image" "$work/images" \
      >/dev/null
  done
}

free_port() { # below the range from which the kernel takes ports for others
  python3 -c 'import random, socket
while True:
    with socket.socket() as probe:
        port = random.randrange(20000, 32000)
        if probe.connect_ex(("127.0.0.1", port)):
            print(port)
            break'
}

get() { curl --silent --show-error --max-time 10 "$@"; }

expect() { # WHAT PATTERN COMMAND...: the command's output matches soon
  local what="$1" pattern="$2" found=""
  shift 2
  for _ in {1..90}; do
    if found="$("$@" 2>&1)" && grep --quiet --extended-regexp "$pattern" <<<"$found"; then
      say "$what"
      return
    fi
    sleep 1
  done
  printf 'not so: %s\nexpected %s in the output of %s:\n%s\n' "$what" "$pattern" "$*" "$found" >&2
  return 1
}

run_page() { # NUMBER: the commands of a block of the page, in this shell
  local commands
  commands="$(awk -v wanted="$1" '
    /^## / { inside = $0 == "## The whole stack" }
    /^```$/ { take = 0 }
    take
    inside && /^```bash$/ { take = ++block == wanted }' docs/monitoring.md)"
  [[ -n "$commands" ]]
  eval "$commands" >"$work/said" 2>&1
}

mkdir "$work/images"
export COMPOSE_FILE=docker-compose.monitoring.yml PANTS_CONFIG_FILES=pants.ci.toml
engine="$(infra/offline/docker/engine.sh start "$work/engine")"
eval "$engine"
mkdir -p "$DOCKER_CONFIG/cli-plugins"
ln -s "$(scripts/tool.sh compose)/docker-compose" "$DOCKER_CONFIG/cli-plugins/docker-compose"
export VOCALBABY_SECRETS="$work/secrets"
for name in VOCALBABY PROMETHEUS ALERTMANAGER GRAFANA; do
  export "${name}_PORT=$(free_port)"
done
docker compose config --quiet
say "the engine runs, and Compose takes the file"

infra/offline/docker/debian_image.sh python:3.11-slim-bookworm python3 python3-venv python3-yaml busybox
make_stand_ins
say "the stand-ins are made"
key="" # the page's commands set it
run_page 1
say "the images are built, and everything is up and healthy"

api="http://127.0.0.1:$VOCALBABY_PORT" prometheus="http://127.0.0.1:$PROMETHEUS_PORT"
python3 - "$work/clip.wav" <<'PY'
import math, struct, sys, wave
with wave.open(sys.argv[1], "wb") as clip:
    clip.setparams((1, 2, 16000, 0, "NONE", ""))
    tone = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
    clip.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
PY
status=(get --output /dev/null --write-out '%{http_code}')
query() { get --get --data-urlencode "query=$1" "$prometheus/api/v1/query"; }
expect "without a key there is no answer" '^401$' \
  "${status[@]}" --form "files=@$work/clip.wav" "$api/predict"
expect "with a key a clip is answered" '"model_version":"vocalbaby-' \
  get --fail --header "Authorization: Bearer $key" --form "files=@$work/clip.wav" "$api/predict"
expect "the metrics are not public" '^404$' "${status[@]}" "$api/metrics"
expect "Prometheus counts the prediction" '"[1-9][0-9]*"\]' \
  query 'sum(vocalbaby_predictions_total{job="vocalbaby"})'
expect "Prometheus has the rules" 'VocalBabyDown' get "$prometheus/api/v1/rules"
expect "Prometheus has the Alertmanager" '"activeAlertmanagers":\[\{' \
  get "$prometheus/api/v1/alertmanagers"
expect "Alertmanager has the receiver" '"operators"' \
  get "http://127.0.0.1:$ALERTMANAGER_PORT/api/v2/receivers"
expect "Grafana would find data source and dashboards" '"vocalbaby-drift".*"false"' \
  get "http://127.0.0.1:$GRAFANA_PORT/api/health"
expect "the row is in the log" '"[1-9][0-9]*"\]' \
  query 'sum(vocalbaby_prediction_log_rows_total{outcome="written"})'
expect "the drift job's outcome is seen" '"1"\]' \
  query 'vocalbaby_drift_outcome{outcome="too_few_rows"} == 1'

run_page 2
grep --extended-regexp '^(Drift|This may be more background noise)' "$work/said"
say "the drift job finds the noise"
expect "Alertmanager is told of the drift" '"alertname":"VocalBabyDrift"' \
  get "http://127.0.0.1:$ALERTMANAGER_PORT/api/v2/alerts"

docker compose down --volumes --timeout 40 2>&1 | tail -n 20
left="$(
  docker ps --all --quiet
  docker volume ls --quiet
  docker network ls --quiet --filter type=custom
)"
[[ -z "$left" ]] || {
  printf 'left behind: %s\n' "$left" >&2
  exit 1
}
say "nothing is left"
