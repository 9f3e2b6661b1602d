#!/usr/bin/env bash
# Destroys an environment with everything in it.
# scripts/deploy/destroy.py describes the arguments, the settings and the exit codes.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" deploy.destroy "$@"
