#!/usr/bin/env bash
# Prints an output of an environment that scripts/deploy_apply.sh has applied from this clone.
# scripts/deploy/output.py describes the arguments, the settings and the exit codes.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" deploy.output "$@"
