#!/usr/bin/env bash
# Prints where the state of an environment stands in its bucket: staging/terraform.tfstate, or
# staging-west/terraform.tfstate where Terraform's variable name_suffix is west. It is read from
# TF_VAR_name_suffix, or from VOCALBABY_VARIABLES, which wins as it does for Terraform.
#
#   scripts/deploy_state_key.sh ENVIRONMENT
set -euo pipefail

(($# == 1)) || {
  printf 'use: deploy_state_key.sh ENVIRONMENT\n' >&2
  exit 2
}
suffix="$(python3 -c 'import json, os
variables = json.loads(os.environ.get("VOCALBABY_VARIABLES") or "{}")
print(variables.get("name_suffix", os.environ.get("TF_VAR_name_suffix")) or "")')"
[[ $suffix =~ ^[a-z0-9]*$ ]] || {
  printf 'deploy_state_key: name_suffix must be lower-case letters and digits, such as west\n' >&2
  exit 2
}
printf '%s/terraform.tfstate\n' "$1${suffix:+-$suffix}"
