#!/usr/bin/env bash
# Runs the tests that take too long for .ci/run, every night and before a release: the whole stack
# in Docker as docs/monitoring.md starts it, the deployment of docs/deploy.md end to end on a
# simulated AWS, the reproducibility of the releases, the wheels with every extra on every Python,
# eGeMAPS by openSMILE, speech models by transformers, annotations that other programs read,
# samplers and those of ChildProject, the detection error and the agreement of annotations by other
# programs, kills of archives, the checks of scikit-learn, the comparison of docs/babblecor.md and
# kills in the middle of a comparison, on synthetic corpora, damaged recordings,
# recordings of hours, intervals of their figures, every damaged byte of models, keys and logs, kills
# at random moments, clients in other languages, mutants of the code that changed, two hours of the
# service with everything on, and, where the recordings of docs/pipeline.md are, whether
# scripts/fetch_recordings.sh rebuilds them, and how the recipe of the default model works through
# phones and codecs. Needs what .ci/run needs, and root for the Docker engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ $EUID -eq 0 ]] || exec sudo --preserve-env env "PATH=$PATH" HOME=/root "$PWD/scripts/nightly.sh"
scripts/ci_setup.sh
scripts/test_compose.sh
scripts/test_deployment.sh
scripts/test_artifacts.sh
scripts/release_wheels.sh >/dev/null
scripts/test_install_alone.sh --long
scripts/test_egemaps.sh
scripts/test_ssl.sh
scripts/test_annotations.sh
scripts/test_childproject.sh
scripts/test_samplers.sh
scripts/test_detection_error.sh
scripts/test_agreement.sh
scripts/test_export.sh
scripts/test_estimators.sh
scripts/test_babblecor.sh
scripts/test_comparison_kills.sh
scripts/test_archive_kills.sh
scripts/test_archive.sh
scripts/test_estimation.sh
scripts/test_decoding.sh
scripts/test_synthetic_day.sh
scripts/test_recordings.sh
scripts/test_coverage.sh
scripts/test_corruption.sh
scripts/test_kills.sh
scripts/test_log_kills.sh
scripts/test_clients.sh
scripts/test_mutants.sh
scripts/test_soak.sh
if [[ -d ../shared/data ]]; then
  scripts/test_fetch_recordings.sh
  scripts/test_transfer.sh
else
  echo "nightly: NOT RUN: scripts/test_fetch_recordings.sh and scripts/test_transfer.sh," \
    "which need the recordings in ../shared/data" >&2
fi
