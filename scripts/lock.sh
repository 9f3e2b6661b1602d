#!/usr/bin/env bash
# Regenerates every lock file from the .in file beside it. Lock files are pip requirement files
# with hashes and without addresses of a package index. Locked versions are kept unless an option
# says otherwise.
#
#   scripts/lock.sh              apply the changes of the .in files
#   scripts/lock.sh --upgrade    upgrade to the newest versions (or any uv pip compile option)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() { # PYTHON_VERSION IN OUT [OPTION...]
  scripts/uv.sh pip compile --quiet --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links --python-version "$1" "$2" \
    --output-file "$3" "${@:4}"
}

compile 3.9 3rdparty/python/pants.in 3rdparty/python/pants.txt "$@"
compile 3.11 3rdparty/python/requirements.in 3rdparty/python/default.txt "$@"
for requirements in 3rdparty/python/tools/*.in; do
  compile 3.11 "$requirements" "${requirements%.in}.txt" "$@"
done
