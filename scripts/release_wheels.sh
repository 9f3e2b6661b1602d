#!/usr/bin/env bash
# Builds the wheels and sdists into dist/, the kernel's wheel for every Linux (manylinux), and
# prints `sha256  file` for each wheel.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -f dist/*.whl dist/*.tar.gz
PANTS_CONFIG_FILES=pants.ci.toml ./pants --filter-target-type=python_distribution package :: >&2
scripts/repair_wheels.sh
cd dist && sha256sum -- *.whl
