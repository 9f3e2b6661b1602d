#!/usr/bin/env bash
# Destroys an environment with everything in it: first its servers, then every version of
# every object in its buckets and every image, then the rest. There is no way back; only the
# state's bucket and the backups that somebody made are left.
#
#   VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh ENVIRONMENT
#
# Reads what scripts/deploy_apply.sh reads. A load balancer with deletion protection (that is
# production's) refuses: apply load_balancer.deletion_protection = false before.
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

TF_VAR_monitoring=null "$root/scripts/deploy_apply.sh" "$1" none
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$1"

for bucket in $("$root/scripts/deploy_output.sh" "$1" bucket_names); do
  while true; do
    # shellcheck disable=SC2016 # the backticks are of the query's language
    "$aws" s3api list-object-versions --bucket "$bucket" --max-items 1000 --output json \
      --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][][].{Key: Key, VersionId: VersionId}}' \
      >"$work/objects"
    grep --quiet '"Key"' "$work/objects" || break
    "$aws" s3api delete-objects --bucket "$bucket" --delete "file://$work/objects" \
      --query Errors --output text >"$work/errors"
    [[ "$(<"$work/errors")" == None ]] || die "$bucket: $(head -n 3 "$work/errors")"
  done
done
for url in $("$root/scripts/deploy_output.sh" "$1" repository_urls); do
  repository="${url#*/}"
  "$aws" ecr list-images --repository-name "$repository" --query imageIds --output json >"$work/images"
  if grep --quiet imageDigest "$work/images"; then
    "$aws" ecr batch-delete-image --repository-name "$repository" \
      --image-ids "file://$work/images" >/dev/null
  fi
done
variables=()
if [[ -n "${VOCALBABY_VARIABLES:-}" ]]; then
  printf '%s\n' "$VOCALBABY_VARIABLES" >"$work/variables.tfvars.json"
  variables=(-var-file="$work/variables.tfvars.json")
fi
"$root/scripts/terraform.sh" destroy -auto-approve -input=false -no-color \
  -var=server_artifact=null "${variables[@]}" >"$work/log" || {
  tail -n 30 "$work/log" >&2
  die "terraform destroy failed"
}
printf 'deploy_destroy: %s is gone\n' "$1" >&2
