#!/usr/bin/env bash
# Installs each wheel of dist/ into an empty environment, on every Python from 3.11 to 3.14 that is
# found. scripts/installation/main.py describes it.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/python_module.sh" installation.main "$@"
