#!/usr/bin/env bash
# What takes too long for .ci/run, for every night and before a release: the whole stack in
# Docker, as docs/monitoring.md starts it, the way of docs/deploy.md on a simulated AWS, and
# what is released, built twice. Needs what .ci/run does, and root for the engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $EUID -eq 0 ]] || exec sudo --preserve-env env "PATH=$PATH" HOME=/root "$PWD/scripts/nightly.sh"
scripts/ci_setup.sh
scripts/test_compose.sh
scripts/rehearse_deploy.sh
scripts/test_artifacts.sh
