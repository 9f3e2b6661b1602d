#!/usr/bin/env bash
# Runs a Python module of this folder. The modules need Python 3.11 or newer and only its standard
# library; one that watches a load balancer also needs boto3, which scripts/env.sh installs.
#
#   scripts/python_module.sh deploy.smoke_test ARGUMENT...
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
python=python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || python=python3.11
exec "$python" -m "scripts.$1" "${@:2}"
