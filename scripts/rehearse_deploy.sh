#!/usr/bin/env bash
# Goes the way of docs/deploy.md on this machine: from the account's first bucket to a service
# that answers, a rollout of a model, a new release, and the end, by the same scripts.
#
#   scripts/rehearse_deploy.sh
#
# Real: Terraform, the releases, the image and the engine that builds and runs it, the
# registry's protocol, user data under systemd, the service, requests, metrics.
# Simulated: AWS is moto on loopback; its ECR holds names only, so images go to a registry of
# this machine; an instance is a container of Debian packages in place of Amazon Linux, with
# the instance's address and id; a port stands for the load balancer; instance refreshes go by
# infra/rehearsal/rolling.py; security groups and roles are made and not enforced; AWS
# provider 3.39 applies what is written for version 6.
#
# Needs root and what scripts/ci_setup.sh installs. Leaves only caches.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT # never the machine's own engine

root="$PWD"
work=""             # a folder, when it begins
subnet=10.40.0.0/16 # staging's VPC
gateway=10.40.0.1
bridge=vocalbaby0
children=()

say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
step() { printf '\n%4d s  == %s\n' "$SECONDS" "$*"; }
die() {
  printf '%4d s  FAILED: %s\n' "$SECONDS" "$*" >&2
  exit 1
}

left_behind() { # what is still there of all that the rehearsal started
  local pid
  for pid in "${children[@]}"; do
    kill -0 "$pid" 2>/dev/null && printf 'process %s\n' "$pid"
  done
  pgrep --full --list-full "$work"
  grep --fixed-strings "$work" /proc/mounts
  grep --fixed-strings "$bridge" /proc/net/dev
  find /sys/fs/cgroup -type d -path "*/vocalbaby-*"
  [[ ! -e "$work" ]] || printf 'folder %s\n' "$work"
  return 0
}

finish() {
  local status=$? child left
  trap - EXIT INT TERM
  if ((status)); then
    show_instances || true
  fi
  for ((child = ${#children[@]} - 1; child >= 0; child--)); do
    kill "${children[child]}" 2>/dev/null || true
    wait "${children[child]}" 2>/dev/null || true
  done
  if [[ -n "${DOCKER_HOST:-}" ]]; then
    docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
    docker network rm vpc >/dev/null 2>&1 || true
  fi
  scripts/docker_engine.sh stop "$work/engine" || status=1
  rm -rf "$work"
  left="$(left_behind)"
  if [[ -n "$left" ]]; then
    printf 'left behind:\n%s\n' "$left" >&2
    status=1
  else
    say "nothing is left of it: no process, mount, network, control group or folder"
  fi
  exit "$status"
}
show_instances() {
  local instance
  tail -n 5 "$work"/*.log >&2
  for instance in $(docker ps --quiet); do
    docker exec "$instance" tail -n 20 /var/log/vocalbaby-install.log >&2
    docker exec "$instance" systemctl --failed --no-pager --no-legend >&2
    docker exec "$instance" journalctl --no-pager --lines 20 --unit vocalbaby-server --unit docker >&2
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

start() { # NAME COMMAND...: in the background, its output into NAME.log
  "${@:2}" </dev/null >"$work/$1.log" 2>&1 &
  children+=("$!")
}

get() { curl --silent --show-error --fail --noproxy '*' --max-time 10 "$@"; }
aws() { "$aws_cli/bin/aws" "$@"; }

expect() { # WHAT PATTERN COMMAND...: the command's output matches within a minute
  local what="$1" pattern="$2" found=""
  shift 2
  for _ in {1..120}; do
    if found="$("$@" 2>&1)" && grep --quiet --extended-regexp "$pattern" <<<"$found"; then
      say "$what"
      return
    fi
    sleep 0.5
  done
  die "$what: expected $pattern in the output of $*: $found"
}

image_bytes() { # that the image takes above its base
  local base
  base="$(docker image inspect --format '{{.Size}}' python:3.11-slim-bookworm)"
  echo "$(($(docker image inspect --format '{{.Size}}' "$image") - base))"
}

build() { # what takes long and needs no AWS, at the same time; the releases find it made
  local job jobs=() status=0
  scripts/debian_image.sh python:3.11-slim-bookworm python3 python3-venv python3-yaml busybox ||
    status=1
  wait "$pants_ready" || status=1
  ./pants package apps/server apps/server/image >"$work/pants.log" 2>&1 &
  jobs+=($!)
  { scripts/env.sh && scripts/tool.sh sbom; } >"$work/environment.log" 2>&1 &
  jobs+=($!)
  scripts/debian_image.sh vocalbaby-rehearsal/debian:12 systemd-sysv dbus python3 docker.io \
    curl ca-certificates iproute2 procps || status=1
  docker build --quiet --network host --tag vocalbaby-rehearsal/instance:1 \
    infra/rehearsal/instance >"$work/instance.log" 2>&1 || status=1
  for job in "${jobs[@]}"; do
    wait "$job" || status=1
  done
  return "$status"
}

[[ $EUID -eq 0 ]] || die "needs root: instances have a systemd and an engine of their own"
for program in docker dockerd docker-registry mmdebstrap curl python3.11; do
  command -v "$program" >/dev/null || die "there is no $program: run scripts/ci_setup.sh"
done
! grep --quiet "$bridge" /proc/net/dev || die "another rehearsal is running: there is a network $bridge"

work="$(mktemp -d)"
trap finish EXIT
trap 'exit 130' INT TERM
step "Docker engine, packages, build"
# Before the build, whose results hold for the same environment only.
if [[ -n "${HTTP_PROXY:-}${HTTPS_PROXY:-}${http_proxy:-}${https_proxy:-}" ]]; then
  NO_PROXY="127.0.0.1,$gateway,$subnet${NO_PROXY:+,$NO_PROXY}" # the index may be in it
  export NO_PROXY no_proxy="$NO_PROXY"
fi
export PANTS_CONFIG_FILES=pants.ci.toml
./pants --version >"$work/bootstrap.log" 2>&1 &
pants_ready=$!
children+=("$pants_ready")
engine="$(scripts/docker_engine.sh start "$work/engine" --insecure-registry "$gateway/32")"
eval "$engine"
docker network create --subnet "$subnet" --gateway "$gateway" \
  --opt "com.docker.network.bridge.name=$bridge" vpc >/dev/null
aws_cli="$(dirname "$(scripts/tool.sh aws)")"
infra="$(scripts/tool.sh infra)"
say "an engine of its own runs, with the network of the VPC"
build || die "the build failed"
say "PEX: $(stat --format %s dist/apps.server/server.pex) bytes; instances' image: Debian with systemd"

step "AWS (simulated) and a registry"
export AWS_ACCESS_KEY_ID=simulated AWS_SECRET_ACCESS_KEY=simulated AWS_EC2_METADATA_DISABLED=true
export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1
export AWS_PAGER=""
unset AWS_PROFILE AWS_SESSION_TOKEN
port="$(free_port)" registry_port="$(free_port)" balancer_port="$(free_port)"
export AWS_ENDPOINT_URL="http://127.0.0.1:$port"
start aws "$infra/python" -m infra.rehearsal.simulated_aws "$port" "$gateway"
cat >"$work/registry.yml" <<YAML
version: 0.1
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "$gateway:$registry_port"}
YAML
start registry docker-registry serve "$work/registry.yml"
expect "AWS answers: account" '^123456789012$' \
  aws sts get-caller-identity --query Account --output text
expect "the registry answers" '^\{\}$' get "http://$gateway:$registry_port/v2/"

step "The account: Terraform's state, then staging without servers"
mkdir "$work/copies"
prepared="$("$infra/python" -m infra.rehearsal.environments "$work/copies" "$AWS_ENDPOINT_URL")"
eval "$prepared"
export TF_IN_AUTOMATION=1 TF_CLI_ARGS_plan=-parallelism=30 TF_CLI_ARGS_apply=-parallelism=30
export TF_CLI_ARGS_destroy=-parallelism=30
export VOCALBABY_STATE_BUCKET=vocalbaby-terraform-123456789012
(
  cd "$BOOTSTRAP"
  "$root/scripts/terraform.sh" init -input=false
  "$root/scripts/terraform.sh" apply -auto-approve -input=false \
    -var "region=$AWS_REGION" -var "bucket=$VOCALBABY_STATE_BUCKET"
) >"$work/bootstrap.log"
say "the state has a bucket"
domain=vocalbaby.example
TF_VAR_certificate_arn="$(aws acm request-certificate --domain-name "$domain" \
  --validation-method DNS --idempotency-token staging --query CertificateArn --output text)"
export TF_VAR_certificate_arn
export TF_VAR_region="$AWS_REGION" TF_VAR_zones='["eu-central-1a","eu-central-1b"]'
export TF_VAR_monitoring=null TF_VAR_state_bucket="$VOCALBABY_STATE_BUCKET"
scripts/deploy_apply.sh staging none
models="s3://$(scripts/deploy_output.sh staging bucket_names models)"
artifacts="s3://$(scripts/deploy_output.sh staging bucket_names artifacts)"
say "staging has its network, buckets, repositories and roles"

step "Release: an API key, a PEX, an image, a model"
key_file="$work/key"
[[ -s "$key_file" ]] || python3.11 dist/apps.server/server.pex new-key first --file "$work/api-keys" >"$key_file"
aws ssm put-parameter --overwrite --type SecureString \
  --name /vocalbaby-staging/server/api-keys --value "file://$work/api-keys" >"$work/parameter.log"
say "the key's hash is a SecureString"
export VOCALBABY_RELEASE=rehearsal
repository="$gateway:$registry_port/vocalbaby-staging/server"
{
  read -r uri sha256 < <(scripts/release_pex.sh "$artifacts" server)
  image="$(scripts/release_image.sh "$repository")"
} 2>"$work/release.log"
scripts/release_monitoring.sh "$artifacts" >"$work/monitoring.log"
say "PEX: $uri $sha256"
say "image: $image, $(image_bytes) bytes above its base"
# shellcheck source=/dev/null
source scripts/env.sh
first="$(scripts/release_bundle.sh "$models" packages/core/src/vocalbaby/bundle/default.zip)"
scripts/deploy_canary.sh "$models" production "$first" promote
say "model: $first in production"

step "Deploy the PEX; EC2 boots an instance"
mkdir "$work/instances"
start instances "$infra/python" -m infra.rehearsal.instances --endpoint "$AWS_ENDPOINT_URL" \
  --inside "http://$gateway:$port" --image vocalbaby-rehearsal/instance:1 --network vpc \
  --folder "$work/instances" --aws-cli "$aws_cli" --port "$balancer_port"
export VOCALBABY_URL="http://127.0.0.1:$balancer_port" VOCALBABY_KEY_FILE="$key_file"
export VOCALBABY_SMOKE_SECONDS=120 VOCALBABY_REFRESH_EVERY=1
scripts/deploy_apply.sh staging "$uri" "$sha256"
on_instance() { docker exec "$(docker ps --quiet --latest)" "$@"; }
runs() { on_instance systemctl show vocalbaby-server --property ExecStart; }
expect "systemd runs the PEX" 'python3.11 /opt/vocalbaby/server.pex' runs
metrics_url() { on_instance hostname --ip-address | sed 's,.*,http://&:9464/metrics,'; }
metrics() { get "$(metrics_url)"; }
expect "a scrape of its metrics has the prediction" \
  '^vocalbaby_predictions_total\{.*\} [1-9]' metrics

step "Roll out a second model by canary, then take it back"
python -m infra.rehearsal.second_model "$work/second"
second="$(scripts/release_bundle.sh "$models" "$work/second")"
export VOCALBABY_WATCH_SECONDS=4
VOCALBABY_METRICS_URL="$(metrics_url)" \
  scripts/deploy_canary.sh "$models" production "$second" 0.5
say "half of the requests go to $second"
scripts/deploy_canary.sh "$models" production rollback
served() { get "$VOCALBABY_URL/model" --header "Authorization: Bearer $(<"$key_file")"; }
expect "after the rollback only $first answers" \
  "\"serves\":\[\{\"model_version\":\"$first\",[^]]*\}\]" served

scripts/deploy_canary.sh "$models" production "$second" promote
scripts/deploy_canary.sh "$models" production rollback
expect "promoted and rolled back, $first answers" \
  "\"serves\":\[\{\"model_version\":\"$first\",[^]]*\}\]" served

step "A release that is not what was published goes back by itself"
start client "$infra/python" -m infra.rehearsal.client "$VOCALBABY_URL" "$key_file"
client="${children[-1]}"
status=0
VOCALBABY_FAILED_STARTS=1 scripts/deploy_apply.sh staging "$uri" "${sha256//[0-7]/8}" || status=$?
[[ $status == 4 ]] || die "the exit code is $status, not 4"
grep --quiet 'is not what was released' "$work"/instances/*/install.log ||
  die "no instance refused the wrong checksum"
say "the instance refused a PEX with another checksum"

step "Upgrade to the image, and back to the release before"
scripts/deploy_apply.sh staging "$image"
expect "systemd runs the image by its digest" "$image" runs
expect "a scrape of its metrics has the prediction" \
  '^vocalbaby_predictions_total\{.*\} [1-9]' metrics
release="$(scripts/release_version.sh)"
read -r uri sha256 < <(scripts/release_find.sh "$artifacts" "$release")
scripts/deploy_apply.sh staging "$uri" "$sha256"
expect "systemd runs the PEX again" 'python3.11 /opt/vocalbaby/server.pex' runs
kill "$client"
wait "$client" || die "a client saw the deploys: $(<"$work/client.log")"
unset 'children[-1]'
say "a client meanwhile: $(<"$work/client.log")"

step "A second API key"
python3.11 dist/apps.server/server.pex new-key second --file "$work/api-keys" >"$work/second-key"
aws ssm put-parameter --overwrite --type SecureString \
  --name /vocalbaby-staging/server/api-keys --value "file://$work/api-keys" >"$work/parameter.log"
aws autoscaling start-instance-refresh \
  --auto-scaling-group-name vocalbaby-staging-server >"$work/refresh.log"
expect "a renewed instance takes it" 'smoke test: predict: ' \
  scripts/smoke_test.sh "$VOCALBABY_URL" "$work/second-key"
expect "the renewal is over" '^Successful$' aws autoscaling describe-instance-refreshes \
  --auto-scaling-group-name vocalbaby-staging-server \
  --query 'InstanceRefreshes[0].Status' --output text

step "Disaster: an instance, the models and Terraform's state are lost"
instance="$(aws autoscaling describe-auto-scaling-groups --output text \
  --auto-scaling-group-names vocalbaby-staging-server \
  --query 'AutoScalingGroups[0].Instances[0].InstanceId')"
aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$instance" \
  --no-should-decrement-desired-capacity >"$work/terminate.log"
containers() { docker ps --quiet --filter "name=${1:-}" | wc -l; }
expect "$instance has no container" '^0$' containers "$instance"
scripts/smoke_test.sh "$VOCALBABY_URL" "$key_file"
say "the group has another instance"
backup="$work/backup"
aws s3 sync --only-show-errors "$models" "$backup/models"
aws s3 rm --only-show-errors --recursive "$models"
aws s3 sync --only-show-errors "$backup/models" "$models"
vocalbaby model list --store "$models"
expect "the service serves what the copy says" "\"model_version\":\"$first\"" served
bucket="$VOCALBABY_STATE_BUCKET" key=staging/terraform.tfstate
aws s3api delete-object --bucket "$bucket" --key "$key" >"$work/lost.log"
marker="$(aws s3api list-object-versions --bucket "$bucket" --prefix "$key" \
  --query "DeleteMarkers[?IsLatest && Key=='$key'].VersionId" --output text)"
aws s3api delete-object --bucket "$bucket" --key "$key" --version-id "$marker" >"$work/back.log"
scripts/deploy_apply.sh staging "$uri" "$sha256" 2>&1 | tee "$work/state.log"
grep --quiet 'Resources: 0 added, 0 changed, 0 destroyed' "$work/state.log" || die "the state that came back is another"
name='{Key=Name,Value=vocalbaby-staging-monitoring-data}'
volume="$(aws ec2 create-volume --availability-zone eu-central-1a --size 5 --query VolumeId --output text)"
for _ in older newest; do # as Data Lifecycle Manager does it
  newest="$(aws ec2 create-snapshot --volume-id "$volume" --query SnapshotId --output text \
    --tag-specifications "ResourceType=snapshot,Tags=[$name]")"
  sleep 1
done
snapshot="$(aws ec2 describe-snapshots --owner-ids self --output text \
  --filters Name=status,Values=completed Name=tag:Name,Values=vocalbaby-staging-monitoring-data \
  --query 'sort_by(Snapshots, &StartTime)[-1].SnapshotId')"
[[ $snapshot == "$newest" ]] || die "the newest snapshot is $newest, not $snapshot"
say "metrics would come from $snapshot"

step "The region is lost: staging in another one, without servers"
(
  unset VOCALBABY_URL
  export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 TF_VAR_region=eu-west-1
  export TF_VAR_zones='["eu-west-1a","eu-west-1b"]' TF_VAR_name_suffix=west
  export VOCALBABY_STATE_BUCKET=vocalbaby-terraform-123456789012-west
  export TF_VAR_monitoring=null TF_VAR_state_bucket="$VOCALBABY_STATE_BUCKET"
  provider="$(aws iam list-open-id-connect-providers --output text \
    --query "OpenIDConnectProviderList[?contains(Arn, 'token.actions.github')].Arn")"
  (
    cd "$BOOTSTRAP"
    "$root/scripts/terraform.sh" init -input=false
    "$root/scripts/terraform.sh" workspace select -or-create west
    "$root/scripts/terraform.sh" apply -auto-approve -input=false -var "region=$AWS_REGION" \
      -var "bucket=$VOCALBABY_STATE_BUCKET" -var "github_oidc_provider_arn=$provider"
  ) >"$work/bootstrap-west.log"
  TF_VAR_certificate_arn="$(aws acm request-certificate --domain-name "$domain" \
    --validation-method DNS --idempotency-token staging --query CertificateArn --output text)"
  export TF_VAR_certificate_arn
  scripts/deploy_apply.sh staging none
  models="s3://$(scripts/deploy_output.sh staging bucket_names models)"
  [[ $models == s3://vocalbaby-staging-west-* ]] || die "$models is not the recovered environment's"
  aws s3 sync --only-show-errors "$backup/models" "$models"
  vocalbaby model list --store "$models" | grep --quiet "$first" || die "$first is not in $models"
  aws ssm put-parameter --overwrite --type SecureString \
    --name /vocalbaby-staging-west/server/api-keys --value "file://$work/api-keys" >"$work/parameter.log"
  say "it stands beside the lost one, with the models of the copy"
  VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh staging
)
expect "the lost one serves all the same" "\"model_version\":\"$first\"" served

step "Destroy"
VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh staging
for snapshot in $(aws ec2 describe-snapshots --owner-ids self --output text \
  --filters Name=tag:Name,Values=vocalbaby-staging-monitoring-data \
  --query 'Snapshots[].SnapshotId'); do aws ec2 delete-snapshot --snapshot-id "$snapshot"; done
expect "no snapshot of the metrics is left" '^$' aws ec2 describe-snapshots --output text \
  --filters Name=tag:Name,Values=vocalbaby-staging-monitoring-data
expect "no instance has a container" '^0$' containers
left="$(aws s3api list-buckets --query 'Buckets[].Name' --output text | xargs)"
[[ "$left" == "$bucket $bucket-west" ]] || die "buckets are left: $left"
say "in the account only the buckets of the states are left"

step "Without AWS: a machine with systemd"
"$infra/python" -m infra.rehearsal.machine machine vocalbaby-rehearsal/instance:1 \
  --network=vpc "--volume=$root:/srv/vocalbaby:ro" --workdir=/srv/vocalbaby
expect "it is up" 'running|degraded' docker exec machine systemctl is-system-running
docker exec --interactive machine bash -euo pipefail <<'MACHINE'
install -D --mode=0755 dist/apps.server/server.pex /opt/vocalbaby/server.pex
install --mode=0644 infra/systemd/vocalbaby-server.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now vocalbaby-server
scripts/smoke_test.sh http://127.0.0.1:8000
MACHINE
say "the rehearsal passed"
