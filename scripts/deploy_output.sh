#!/usr/bin/env bash
# Prints an output of an environment that scripts/deploy_apply.sh has applied from here: a
# value, or one value of a map, or all of them. With VOCALBABY_STATE_BUCKET it makes sure that it
# was this instance of the environment, whose bucket and name_suffix are set, and not another.
#
#   scripts/deploy_output.sh ENVIRONMENT NAME [KEY]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
(($# == 2 || $# == 3)) || {
  printf 'use: deploy_output.sh ENVIRONMENT NAME [KEY]\n' >&2
  exit 2
}
key="$("$root/scripts/deploy_state_key.sh" "$1")"
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$1"
if [[ -n "${VOCALBABY_STATE_BUCKET:-}" && -e .terraform/terraform.tfstate ]]; then
  applied="$(python3 -c 'import json
with open(".terraform/terraform.tfstate", encoding="utf-8") as settings:
    config = json.load(settings)["backend"]["config"]
print(config["bucket"], config["key"], sep="/")')"
  [[ "$applied" == "$VOCALBABY_STATE_BUCKET/$key" ]] || {
    printf 'deploy_output: what was applied from here last is %s, not %s\n' \
      "$applied" "$VOCALBABY_STATE_BUCKET/$key" >&2
    exit 1
  }
fi
"$root/scripts/terraform.sh" output -json "$2" | python3 -c 'import json, sys
value = json.load(sys.stdin)
if sys.argv[1:]:
    value = value[sys.argv[1]]
print(*(value.values() if isinstance(value, dict) else [value]), sep="\n")' "${@:3}"
