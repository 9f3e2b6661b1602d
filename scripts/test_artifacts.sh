#!/usr/bin/env bash
# Builds the PEXes and the images twice from nothing, and checks what the server's are like.
# scripts/system_tests/release_builds.py describes it.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" system_tests.release_builds "$@"
