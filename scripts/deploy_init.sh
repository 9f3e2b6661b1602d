#!/usr/bin/env bash
# Makes Terraform ready for an environment, with its state where the settings say; the scripts
# that deploy call it.
#
#   scripts/deploy_init.sh ENVIRONMENT
#
#   VOCALBABY_STATE_BUCKET  bucket of the state; without it the backend is as initialised
#   VOCALBABY_ENVIRONMENTS  folder of the environments (infra/terraform/envs)
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$1" || {
  printf 'deploy_init: there is no environment %s\n' "$1" >&2
  exit 2
}
key="$("$root/scripts/deploy_state_key.sh" "$1")"
backend=()
[[ -z "${VOCALBABY_STATE_BUCKET:-}" ]] ||
  backend=(-reconfigure "-backend-config=bucket=$VOCALBABY_STATE_BUCKET" "-backend-config=key=$key"
    ${AWS_REGION:+"-backend-config=region=$AWS_REGION"})
said="$("$root/scripts/terraform.sh" init -input=false -no-color "${backend[@]}" 2>&1)" || {
  printf '%s\ndeploy_init: terraform init failed\n' "$said" >&2
  exit 1
}
