#!/usr/bin/env bash
# Moves a channel of a model store to a version, and rolls it back when the version fails.
# scripts/deploy/canary.py describes the arguments, the settings and the exit codes.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" deploy.canary "$@"
