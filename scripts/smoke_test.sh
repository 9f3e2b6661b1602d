#!/usr/bin/env bash
# Tests a running service as its clients use it.
# scripts/deploy/smoke_test.py describes the arguments, the settings and the exit codes.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" deploy.smoke_test "$@"
