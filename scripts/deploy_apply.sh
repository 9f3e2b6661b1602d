#!/usr/bin/env bash
# Deploys a release to the servers of an environment, and rolls back when it fails.
# scripts/deploy/apply.py describes the arguments, the settings and the exit codes.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" deploy.apply "$@"
