#!/usr/bin/env bash
# Destroys an environment with everything in it: first its servers, then every version of
# every object in its buckets and every image, then the rest. There is no way back; only the
# state's bucket and the backups that somebody made are left. Run again, it goes on where it
# was.
#
#   VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh ENVIRONMENT
#
# Reads what scripts/deploy_apply.sh reads. Nothing is touched while the load balancer is
# protected from deletion, as production's is.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

die() {
  printf 'deploy_destroy: %s\n' "$*" >&2
  exit 2
}

(($# == 1)) || die "use: VOCALBABY_ALLOW_DELETE=1 deploy_destroy.sh ENVIRONMENT"
[[ "${VOCALBABY_ALLOW_DELETE:-}" == 1 ]] || die "everything of $1 would be deleted: VOCALBABY_ALLOW_DELETE=1 says so"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
aws="$("$root/scripts/tool.sh" aws)/aws"
values() { # NAME: of an output, one a line; nothing once it is gone
  python3 -c 'import json, sys
with open(sys.argv[1], encoding="utf-8") as outputs:
    value = json.load(outputs).get(sys.argv[2], {}).get("value") or []
print(*(value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else []),
      sep="\n")' "$work/outputs" "$1"
}

"$root/scripts/deploy_init.sh" "$1"
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$1"
"$root/scripts/terraform.sh" output -json >"$work/outputs"
balancers="$(values load_balancer_arn_suffix)" buckets="$(values bucket_names)"
repositories="$(values repository_urls)"
for balancer in $balancers; do
  arn="$("$aws" elbv2 describe-load-balancers --output text \
    --query "LoadBalancers[?ends_with(LoadBalancerArn, '$balancer')].LoadBalancerArn")"
  [[ -n $arn ]] || continue
  # shellcheck disable=SC2016 # the backticks are of the query's language
  protected="$("$aws" elbv2 describe-load-balancer-attributes --load-balancer-arn "$arn" \
    --query 'Attributes[?Key==`deletion_protection.enabled`].Value' --output text)"
  [[ $protected != true ]] || die "the load balancer of $1 is protected from deletion, so nothing was touched: apply TF_VAR_deletion_protection=false first"
done

variables=(-var=server_artifact=null -var=monitoring=null)
if [[ -n "${VOCALBABY_VARIABLES:-}" ]]; then
  printf '%s\n' "$VOCALBABY_VARIABLES" >"$work/variables.tfvars.json"
  variables=(-var-file="$work/variables.tfvars.json" "${variables[@]}")
fi
destroy() { # [OPTION...]
  "$root/scripts/terraform.sh" destroy -auto-approve -input=false -no-color -lock-timeout=2m \
    "${variables[@]}" "$@" >"$work/log" 2>&1
}
# Servers and the monitoring instance first, and what would write into the buckets.
destroy -target=module.stack.module.compute -target=module.stack.module.monitoring \
  -target=module.stack.module.storage.aws_s3_bucket_logging.this || {
  tail -n 30 "$work/log" >&2
  die "the servers could not be destroyed"
}
for attempt in 1 2 3; do # logs of requests arrive late, and make a bucket full again
  for bucket in $buckets; do
    "$root/scripts/empty_bucket.sh" "$bucket"
  done
  for url in $repositories; do
    repository="${url#*/}"
    while true; do
      "$aws" ecr list-images --repository-name "$repository" --max-items 100 --query imageIds \
        --output json >"$work/images"
      grep --quiet imageDigest "$work/images" || break
      "$aws" ecr batch-delete-image --repository-name "$repository" \
        --image-ids "file://$work/images" >"$work/deleted"
    done
  done
  if destroy; then
    printf 'deploy_destroy: %s is gone\n' "$1" >&2
    exit
  fi
  grep --quiet BucketNotEmpty "$work/log" || break
  printf 'deploy_destroy: a bucket was not empty any more (attempt %s)\n' "$attempt" >&2
done
tail -n 30 "$work/log" >&2
die "terraform destroy failed"
