#!/usr/bin/env bash
# Changes the code, a place at a time, in a copy (mutants, made by cosmic-ray), and reports changes that
# no test of the package notices. Mutants are drawn from the files that changed since the last tag (or
# in the last 24 hours), or of the files and folders that are named. Exits with 1 if fewer than 95 % of
# the mutants are noticed, without those of scripts/mutants/equivalents.toml.
#
#   scripts/test_mutants.sh [--since REVISION] [--mutants 100] [--seed DATE] [--minutes 30] [PATH...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -x .venv/bin/python ]] || scripts/env.sh
programs="$(scripts/tool.sh mutants)"
PYTHONPATH="$PWD" exec "$programs/python" -m scripts.mutants "$@"
