#!/usr/bin/env bash
# Brings a release to the servers of an environment: applies its Terraform with the release,
# waits until every instance is renewed, and tests the service.
#
#   scripts/deploy_apply.sh ENVIRONMENT s3://…/server.pex SHA256
#   scripts/deploy_apply.sh ENVIRONMENT repository@sha256:…
#   scripts/deploy_apply.sh ENVIRONMENT none     no servers: an environment's first apply
#
# When the renewal or the test fails, the release that was there before is applied again, and
# tested too; the exit code is 4. A plan that would delete something is refused with exit code
# 3, unless VOCALBABY_ALLOW_DELETE=1, or what it would delete was never made whole. Terraform's
# other variables come as TF_VAR_…, or
#   VOCALBABY_VARIABLES        as JSON
#   VOCALBABY_STATE_BUCKET     bucket of the state; without it the backend is as initialised
#   VOCALBABY_SCOPE            `servers`: what they run and nothing else, as the role deploy
#                              may; a plan with more is refused with exit code 3 (all)
#   VOCALBABY_URL, _KEY_FILE   for scripts/smoke_test.sh; without a URL nothing is asked
#   VOCALBABY_ENVIRONMENTS     folder of the environments (infra/terraform/envs)
#   VOCALBABY_REFRESH_SECONDS  how long renewing may take (1800)
#   VOCALBABY_FAILED_STARTS    so many new servers that do not become ready end it before (3)
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

say() { printf 'deploy_apply: %s\n' "$*" >&2; }
die() {
  say "$2"
  exit "$1"
}

environment="${1:-}" uri="${2:-}" sha256="${3:-}"
if [[ $# == 2 && $uri == none ]]; then
  artifact=null
elif [[ $# == 3 && $uri == s3://*.pex && $sha256 =~ ^[0-9a-f]{64}$ ]]; then
  artifact="{\"kind\":\"pex\",\"sha256\":\"$sha256\",\"uri\":\"$uri\"}"
elif [[ $# == 2 && $uri =~ @sha256:[0-9a-f]{64}$ ]]; then
  artifact="{\"kind\":\"image\",\"sha256\":null,\"uri\":\"$uri\"}"
else
  die 2 "use: deploy_apply.sh ENVIRONMENT (s3://….pex SHA256 | REPOSITORY@sha256:… | none)"
fi
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$environment" ||
  die 2 "there is no environment $environment"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
aws="$("$root/scripts/tool.sh" aws)/aws"
terraform() { "$root/scripts/terraform.sh" "$@"; }
output() { # NAME: an output's value in $work/outputs as JSON, nothing if there is none
  python3 -c 'import json, sys
with open(sys.argv[1], encoding="utf-8") as outputs:
    value = json.load(outputs).get(sys.argv[2], {}).get("value")
if value is not None:
    print(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))' \
    "$work/outputs" "$1"
}

newest_refresh() { # GROUP: id, status, percentage and reason, by tabs
  "$aws" autoscaling describe-instance-refreshes --auto-scaling-group-name "$1" --max-records 1 \
    --query 'InstanceRefreshes[0].[InstanceRefreshId,Status,PercentageComplete,StatusReason]' \
    --output text
}

# GROUP SINCE: why new servers were taken away again, a line for each; that AWS does not answer
# is no sign that they were.
failed_starts() {
  "$aws" autoscaling describe-scaling-activities --auto-scaling-group-name "$1" --no-paginate \
    --query "Activities[?StartTime>='$2' && (StatusCode=='Failed' || StatusCode=='Cancelled')].[StatusMessage]" \
    --output text || true
}

wait_for_refresh() { # GROUP ID-BEFORE: until a refresh that began since then is over
  local found id status percent reason began failed
  local deadline=$((SECONDS + ${VOCALBABY_REFRESH_SECONDS:-1800}))
  began="$(date --utc +%FT%T)"
  while true; do
    if found="$(newest_refresh "$1")"; then
      IFS=$'\t' read -r id status percent reason <<<"$found"
      if [[ "$id" == "$2" && $status =~ ^(|None|Successful|Failed|Cancelled|Rollback(Failed|Successful))$ ]]; then
        say "no instance had to be renewed"
        return
      fi
    else
      say "how far it is AWS does not say; asking again"
      status=unknown
    fi
    case $status in # of this refresh, or of one before that is not over
      Successful)
        say "every instance of $1 is renewed"
        return
        ;;
      Failed | Cancelled | RollbackFailed | RollbackSuccessful)
        say "renewing $1 ended with $status: ${reason:-}"
        return 1
        ;;
    esac
    failed="$(failed_starts "$1" "$began")"
    if (($(grep --count . <<<"$failed") >= ${VOCALBABY_FAILED_STARTS:-3})); then
      say "new servers of $1 do not become ready: $(head -n 1 <<<"$failed")"
      return 1
    fi
    if ((SECONDS >= deadline)); then
      say "renewing $1 takes too long: $status, ${percent:-?} %"
      return 1
    fi
    sleep "${VOCALBABY_REFRESH_EVERY:-10}"
  done
}

apply() { # ARTIFACT: 3 when the plan was refused, 5 when there is none
  local group before=None refused
  group="$(output autoscaling_group_name)" || return 5
  [[ -z $group ]] || before="$(newest_refresh "$group" | cut -f1)" || return 5
  terraform plan -input=false -no-color -lock-timeout=2m "${scope[@]}" "${variables[@]}" \
    -var="server_artifact=$1" -out="$work/plan" >"$work/log" || return 5
  terraform show -json "$work/plan" >"$work/plan.json" || return 5
  refused="$(python3 -c 'import json, re, sys
with open(sys.argv[1], encoding="utf-8") as file:
    changes = json.load(file).get("resource_changes", ())
for change in changes:
    did, name = change["change"]["actions"], change["address"]
    broken = change.get("action_reason") == "replace_because_tainted"
    ours = re.search(r"\.aws_(launch_template|autoscaling_group)\.server$", name)
    if did in (["no-op"], ["read"]):
        continue
    if sys.argv[2] == "servers" and not (ours and did == ["update"]):
        print("  only a person may", "/".join(did), name)
    elif "delete" in did and not broken and sys.argv[3] != "1":
        print("  would delete", name)' "$work/plan.json" "${VOCALBABY_SCOPE:-all}" \
    "${VOCALBABY_ALLOW_DELETE:-}")" || return 5
  if [[ -n "$refused" ]]; then
    say "refused, because the plan has more than is allowed:"
    printf '%s\n' "$refused" >&2
    return 3
  fi
  terraform apply -input=false -no-color -lock-timeout=2m "$work/plan" >"$work/log" || return
  grep --extended-regexp '^(Apply complete|No changes)' "$work/log" >&2 || true
  terraform output -json >"$work/outputs" || return
  group="$(output autoscaling_group_name)" || return
  [[ -z $group ]] || wait_for_refresh "$group" "$before"
}

passes() { # whether the service passes the smoke test; without a URL nobody asks
  [[ -z "${VOCALBABY_URL:-}" ]] ||
    "$root/scripts/smoke_test.sh" "$VOCALBABY_URL" ${VOCALBABY_KEY_FILE:+"$VOCALBABY_KEY_FILE"}
}

case ${VOCALBABY_SCOPE:-all} in
  all) scope=() ;;
  servers) scope=(-refresh=false -target=module.stack.module.compute) ;;
  *) die 2 "VOCALBABY_SCOPE is all or servers" ;;
esac
variables=()
if [[ -n "${VOCALBABY_VARIABLES:-}" ]]; then
  printf '%s\n' "$VOCALBABY_VARIABLES" >"$work/variables.tfvars.json"
  variables=(-var-file="$work/variables.tfvars.json")
fi
"$root/scripts/deploy_init.sh" "$environment"
terraform output -json >"$work/outputs"
previous="$(output server_artifact)"
say "$environment: $uri"
status=0
apply "$artifact" || status=$?
if ((status == 3)); then
  exit 3
elif ((status == 5)); then
  die 1 "there is no plan; nothing was changed. If a deploy that was killed holds the state's lock, terraform force-unlock frees it"
elif ((status)); then
  tail -n 30 "$work/log" >&2
  wrong="the deploy failed"
elif [[ $artifact != null ]] && ! passes; then
  wrong="the service does not pass the smoke test"
else
  say "$environment runs $uri"
  exit
fi
[[ -n $previous && $previous != "$artifact" ]] ||
  die 1 "$wrong, and there is no release before it to go back to"
say "$wrong; going back to $previous"
apply "$previous" || {
  tail -n 30 "$work/log" >&2
  die 1 "going back FAILED"
}
passes || die 1 "$environment runs what it ran before, and that does NOT pass the smoke test"
say "$environment runs what it ran before"
exit 4
