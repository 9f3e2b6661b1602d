#!/usr/bin/env bash
# Runs the commands of docs/monitoring.md for the whole stack, on a Docker engine of its own.
# scripts/system_tests/compose_stack.py describes it.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" system_tests.compose_stack "$@"
