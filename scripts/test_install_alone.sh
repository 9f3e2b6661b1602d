#!/usr/bin/env bash
# Installs each wheel of dist/ with pip into an empty environment (its siblings from dist/, the
# rest from the package index at the locked versions) and imports each of its modules. Then runs
# the application in the README of vocalbaby-monitoring with nothing but FastAPI installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
sed -nE 's/^([A-Za-z0-9._-]+(\[[^]]*\])?==[^ ;\\]+).*/\1/p' 3rdparty/python/default.txt \
  >"$work/constraints.txt"

install_alone() { # DIST FORBIDDEN...
  local dist="$1" began=$SECONDS python="$work/$1/bin/python"
  python3.11 -m venv "$work/$dist"
  "$python" -m pip install --quiet --no-compile --disable-pip-version-check --find-links dist \
    --constraint "$work/constraints.txt" "$dist"
  "$python" - "$@" <<'PY'
import importlib
import sys
from importlib.metadata import distribution, distributions

name, *forbidden = sys.argv[1:]
dist = distribution(name)
modules = sorted(
    str(file.with_suffix("")).removesuffix("/__init__").replace("/", ".")
    for file in dist.files or ()
    if file.suffix == ".py"
)
for module in modules:
    importlib.import_module(module)
assert modules or name == "vocalbaby", f"{name} has no modules"
assert dist.metadata["License-File"] or "LICENSE" in str(dist.files), f"{name} has no licence"
assert dist.metadata.get_payload(), f"{name} has no description"
installed = {d.metadata["Name"].lower() for d in distributions()}
unwanted = installed.intersection(forbidden)
assert not unwanted, f"{name} installs {', '.join(sorted(unwanted))}"
print(f"{name}: {len(modules)} modules, {len(installed)} packages", end="")
PY
  printf ', %s s\n' "$((SECONDS - began))"
}

install_alone vocalbaby-kernel vocalbaby-core numpy pytest
install_alone vocalbaby-core vocalbaby-api vocalbaby-monitoring fastapi uvicorn \
  prometheus-client librosa pytest
install_alone vocalbaby-monitoring vocalbaby-api vocalbaby-core boto3 fastapi pydantic uvicorn \
  librosa pytest
install_alone vocalbaby-api librosa pytest
install_alone vocalbaby-drift vocalbaby-api fastapi librosa pytest
"$work/vocalbaby-drift/bin/vocalbaby-drift" --version
install_alone vocalbaby librosa pytest
"$work/vocalbaby-monitoring/bin/python" -m pip install --quiet --no-compile \
  --disable-pip-version-check --constraint "$work/constraints.txt" fastapi
"$work/vocalbaby-monitoring/bin/python" packages/monitoring/tests/run_readme.py \
  packages/monitoring/README.md
"$work/vocalbaby/bin/vocalbaby" --version
"$work/vocalbaby/bin/vocalbaby-serve" --help >/dev/null
"$work/vocalbaby/bin/vocalbaby-drift" run --help >/dev/null
