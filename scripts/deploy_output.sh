#!/usr/bin/env bash
# Prints an output of an environment that scripts/deploy_apply.sh has applied from here: a
# value, or one value of a map, or all of them.
#
#   scripts/deploy_output.sh ENVIRONMENT NAME [KEY]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
(($# == 2 || $# == 3)) || {
  printf 'use: deploy_output.sh ENVIRONMENT NAME [KEY]\n' >&2
  exit 2
}
cd "${VOCALBABY_ENVIRONMENTS:-$root/infra/terraform/envs}/$1"
"$root/scripts/terraform.sh" output -json "$2" | python3 -c 'import json, sys
value = json.load(sys.stdin)
if sys.argv[1:]:
    value = value[sys.argv[1]]
print(*(value.values() if isinstance(value, dict) else [value]), sep="\n")' "${@:3}"
