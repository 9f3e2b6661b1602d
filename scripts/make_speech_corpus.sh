#!/usr/bin/env bash
# Generates speech of adults and children with espeak-ng, for training and measuring the class Junk:
# a folder in the layout of BabbleCor, with the same bytes on every run. It needs the environment of
# scripts/env.sh, which it creates if there is none. scripts/speech_corpus/build.py describes it.
#
#   scripts/make_speech_corpus.sh OUT
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
[[ -x "$root/.venv/bin/python" ]] || "$root/scripts/env.sh"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
exec "$root/.venv/bin/python" -m scripts.speech_corpus.build "$@"
