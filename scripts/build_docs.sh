#!/usr/bin/env bash
# Builds the documentation site without a network connection, except for the first call, which
# installs the locked tools. Warnings, such as broken links, are errors.
#
#   scripts/build_docs.sh [OUT]      build it into OUT (default: dist/site)
#   scripts/build_docs.sh --serve    show it on http://localhost:8001, and changes as they are made
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
out="$(realpath -m "${1:-$root/dist/site}")"
cd "$root"
tools="$(scripts/tool.sh docs)"
PYTHONPATH="$root$(printf ':%s' packages/*/src)"
export PYTHONPATH NO_MKDOCS_2_WARNING=true
if [[ ${1:-} == --serve ]]; then
  exec "$tools/mkdocs" serve --dev-addr localhost:8001 --watch packages --watch scripts/docs_site
fi
"$tools/mkdocs" build --site-dir "$out"
"$tools/python" -m scripts.docs_site.check "$out"
printf 'Built %s\n' "$out"
