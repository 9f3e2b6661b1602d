#!/usr/bin/env bash
# Checks the feature set `ssl` with the real PyTorch and transformers, and small models with random
# weights: values, layers, batches, threads, a bundle's record. Pretrained weights are not needed.
# Installs the extra into an environment of its own. It is not locked: the wheel of PyTorch without
# CUDA (200 MB instead of 5 GB) is in a folder of wheels (PIP_FIND_LINKS) or on PyTorch's own index
# (TORCH_INDEX=https://download.pytorch.org/whl/cpu), and pip prefers it to that of PyPI if the
# version is the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
home="${VOCALBABY_SSL_ENVIRONMENT:-${XDG_CACHE_HOME:-$HOME/.cache}/vocalbaby/ssl}"
if [[ ! -d "$home" ]]; then
  mkdir -p "$(dirname "$home")"
  work="$(mktemp -d "$home.XXXXXX")"
  python3.11 -m venv "$work"
  "$work/bin/pip" install --quiet \
    ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    'torch==2.13.0' 'transformers>=4.40' safetensors numpy pydantic pyyaml
  mv -T "$work" "$home"
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 HF_HUB_OFFLINE=1
export PYTHONPATH="$PWD/packages/core/src:$PWD/packages/kernel/src:$PWD"
exec "$home/bin/python" -m scripts.system_tests.ssl_models "$@"
