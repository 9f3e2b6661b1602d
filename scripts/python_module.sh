#!/usr/bin/env bash
# Runs a Python module of this folder, with Python 3.11 or newer and the standard library alone.
#
#   scripts/python_module.sh deploy.smoke_test ARGUMENT...
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec python3 -m "scripts.$1" "${@:2}"
