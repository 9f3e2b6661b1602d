#!/usr/bin/env bash
# Regenerates every lock file from the .in file beside it: pip requirement files with
# hashes, which hold no address of any index. Versions already locked are kept unless
# asked otherwise.
#
#   scripts/lock.sh              add and remove what the .in files changed
#   scripts/lock.sh --upgrade    take the newest versions (any uv pip compile option)
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
