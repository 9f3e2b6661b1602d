#!/usr/bin/env bash
# Creates .venv from the lock files, with the project's packages installed from their source
# folders and the commands `vocalbaby`, `vocalbaby-serve`, `vocalbaby-drift` and `dvc`. Run it
# again after a change of a lock file, or of the C sources of packages/kernel, which it compiles
# in place.
#
#   source scripts/env.sh    create it and put its commands on the PATH of this shell
#   scripts/env.sh           create it; then e.g. PATH="$PWD/.venv/bin:$PATH" dvc repro

_vocalbaby_env() ( # a subshell, so that the sourcing shell keeps its settings
  set -euo pipefail
  root="$1"
  venv="$root/.venv"
  uv() { "$root/scripts/uv.sh" --quiet "$@"; }

  uv venv --python 3.11 --allow-existing "$venv"
  uv pip sync --python "$venv/bin/python" --require-hashes "$root/3rdparty/python/default.txt"
  # DVC needs other versions of packages that the project uses, hence its own environment.
  uv venv --python 3.11 --allow-existing "$venv/dvc"
  uv pip sync --python "$venv/dvc/bin/python" --require-hashes "$root/3rdparty/python/tools/dvc.txt"
  ln -sf ../dvc/bin/dvc "$venv/bin/dvc"

  site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  printf '%s\n' "$root"/packages/*/src >"$site/vocalbaby.pth"
  build_kernel "$root" "$venv"
  command_of "$venv" vocalbaby vocalbaby.commands.main main
  command_of "$venv" vocalbaby-serve vocalbaby.cli serve
  command_of "$venv" vocalbaby-drift vocalbaby.monitoring.drift.cli main
)

build_kernel() ( # ROOT VENV
  cd "$1/packages/kernel"
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  rm -f src/vocalbaby/kernel/_native.*.so
  uv run --no-project --python "$2/bin/python" \
    --with-requirements "$1/3rdparty/python/tools/setuptools.txt" \
    python setup.py --quiet build_ext --inplace --force --build-temp "$work" \
    --build-lib "$work" >"$work/log" 2>&1 ||
    cat "$work/log" >&2
  [[ "$("$2/bin/python" -c 'from vocalbaby import kernel; print(kernel.name())')" == compiled ]] ||
    printf 'env.sh: the kernel is not compiled (is there a C compiler?); the slower NumPy version is used\n' >&2
)

command_of() { # VENV NAME MODULE FUNCTION
  printf '#!%s/bin/python\nimport sys\n\nfrom %s import %s\n\nif __name__ == "__main__":\n    sys.exit(%s())\n' \
    "$1" "$3" "$4" "$4" >"$1/bin/$2"
  chmod +x "$1/bin/$2"
}

_vocalbaby_root="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd -P)"
if [[ "${BASH_SOURCE[0]:-$0}" == "$0" ]]; then
  _vocalbaby_env "$_vocalbaby_root"
else
  _vocalbaby_env "$_vocalbaby_root" # not followed by &&: bash would then ignore errors inside
  # shellcheck disable=SC2181
  if [[ $? == 0 ]]; then
    export PATH="$_vocalbaby_root/.venv/bin:$PATH"
  else
    printf 'env.sh: FAILED; PATH is unchanged\n' >&2
    false
  fi
fi
