#!/usr/bin/env bash
# Runs the tests that take too long for .ci/run, every night and before a release: the whole stack
# in Docker as docs/monitoring.md starts it, the deployment of docs/deploy.md end to end on a
# simulated AWS, the reproducibility of the releases, annotations that other programs read, damaged
# recordings, recordings of hours, intervals of their figures, and, where the recordings of
# docs/pipeline.md are, how the recipe of the default model works through phones and codecs. Needs
# what .ci/run needs, and root for the Docker engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $EUID -eq 0 ]] || exec sudo --preserve-env env "PATH=$PATH" HOME=/root "$PWD/scripts/nightly.sh"
scripts/ci_setup.sh
scripts/test_compose.sh
scripts/test_deployment.sh
scripts/test_artifacts.sh
scripts/test_annotations.sh
scripts/test_decoding.sh
scripts/test_synthetic_day.sh
scripts/test_recordings.sh
scripts/test_coverage.sh
if [[ -d ../shared/data ]]; then
  scripts/test_transfer.sh
else
  echo "nightly: NOT RUN: scripts/test_transfer.sh, which needs the recordings in ../shared/data" >&2
fi
