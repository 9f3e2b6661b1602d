#!/usr/bin/env bash
# What takes too long for .ci/run, for every night and before a release: the whole stack in
# Docker, as docs/monitoring.md starts it. Needs what .ci/run does, and root for the engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/ci_setup.sh
scripts/test_compose.sh
