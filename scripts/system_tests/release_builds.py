"""Builds the PEXes and the images twice from nothing, and checks what the server's are like.

    scripts/test_artifacts.sh

It fails when the two builds differ, or when the server's PEX or image is larger, starts more
slowly or has more privileges than it should; docs/deploy.md lists the bounds. Needs root and the
packages that scripts/ci_setup.sh installs, and takes some minutes.
"""

import difflib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Final

from infra.e2e.progress import Progress
from scripts.deploy.programs import ROOT, ProgramError, ScriptError, output_of, run_script
from scripts.system_tests.checks import Report, expect, require_at_most
from scripts.system_tests.docker_engine import BASE_IMAGE, docker, docker_engine, make_base_image

__all__ = ["bytes_of_first_copy", "listed_packages", "main", "require_same"]

_IMAGE: Final = "vocalbaby-server:0.2.0"
_PEX: Final = ROOT / "dist/apps.server/server.pex"
_TARGETS: Final = (
    "apps/server:server",
    "apps/server/image",
    "apps/drift:drift",
    "apps/drift/image",
)
_LAYERS: Final = "{{range .RootFS.Layers}}{{println .}}{{end}}{{json .Config}}"
_BUILD_TOOLS: Final = """\
for tool in cc gcc g++ ld make; do command -v "$tool"; done
cd /opt/vocalbaby && ls -d bin/pip* lib/python*/site-packages/pip \
  lib/python*/site-packages/setuptools 2>/dev/null
true
"""
_PACKAGES: Final = """\
import sys
from importlib.metadata import distributions
path = [folder for folder in sys.path if "vocalbaby" in folder]
print(*sorted(f"{of.name} {of.version}" for of in distributions(path=path)), sep="\\n")
"""


def require_same(first: str, second: str, message: str) -> None:
    """Check that two texts are equal.

    Raises:
        ScriptError: They are not; the text has the differences.
    """
    if first != second:
        lines = difflib.unified_diff(first.splitlines(), second.splitlines(), lineterm="", n=0)
        raise ScriptError("\n".join([message, *lines]))


def bytes_of_first_copy(history: str) -> int:
    """Size of the layer that the last COPY of a Dockerfile made.

    Args:
        history: Lines of ``docker history``, newest first, each a size and a command.

    Raises:
        ScriptError: There is no such layer.
    """
    for line in history.splitlines():
        size, _, command = line.partition(" ")
        if "COPY" in command:
            return int(size)
    raise ScriptError(f"the image has no layer that was copied:\n{history}")


def listed_packages(bill_of_materials: str) -> str:
    """Name and version of each package in a CycloneDX document, a line each, sorted."""
    components = json.loads(bill_of_materials)["components"]
    return "\n".join(sorted(f"{of['name']} {of['version']}" for of in components))


def _build(work: Path) -> str:
    """Build with empty caches; returns the checksums of everything that was built."""
    make_base_image()
    for name in ("apps.server", "apps.drift"):
        shutil.rmtree(ROOT / "dist" / name, ignore_errors=True)
    os.environ.update(
        PANTS_CONFIG_FILES="pants.ci.toml",
        PANTS_LOCAL_STORE_DIR=str(work / "store"),
        PANTS_NAMED_CACHES_DIR=str(work / "caches"),
    )
    try:
        output_of("./pants", "package", *_TARGETS, with_errors=True)
    except ProgramError as error:
        end = "\n".join(error.output.splitlines()[-40:])
        raise ScriptError(f"the build failed:\n{end}") from None
    shutil.rmtree(work)
    images = docker(
        "image", "inspect", "--format", _LAYERS, _IMAGE, _IMAGE.replace("server", "drift")
    )
    return output_of("sha256sum", _PEX, ROOT / "dist/apps.drift/drift.pex") + images


def _size(image: str) -> int:
    return int(docker("image", "inspect", "--format", "{{.Size}}", image))


def _check_sizes(report: Report) -> None:
    size = _PEX.stat().st_size
    require_at_most(report, "bytes of the PEX", size, 60_000_000)
    above = _size(_IMAGE) - _size(BASE_IMAGE)
    require_at_most(report, "bytes of the image above its base", above, size * 16 // 10)
    history = ("history", "--format", "{{.Size}} {{.CreatedBy}}", "--human=false", "--no-trunc")
    code = bytes_of_first_copy(docker(*history, _IMAGE))
    require_at_most(report, "bytes of the layer with our code", code, 6_000_000)


def _seconds_until_ready() -> float:
    """How long the PEX, which has been started before, takes until it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["python3.11", str(_PEX), "--port", str(port), "--drain-seconds", "0"]
    began = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() < began + 30:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2).close()
                break
            except OSError:
                time.sleep(0.01)
        return time.monotonic() - began
    finally:
        server.terminate()
        server.wait(30)


def _check_privileges(report: Report) -> None:
    user = docker("image", "inspect", "--format", "{{.Config.User}}", _IMAGE)
    require_same(user, "10001:10001", "the image runs as another user")
    docker(
        *("run", "--detach", "--name", "server", "--network", "none", "--read-only"),
        *("--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", _IMAGE),
    )
    try:
        expect(
            report,
            "the image is healthy as user 10001, with a read-only root and no capabilities",
            "^healthy$",
            lambda: docker("inspect", "--format", "{{.State.Health.Status}}", "server"),
            attempts=60,
        )
    except ScriptError:
        print(output_of("docker", "logs", "--tail=20", "server", with_errors=True), file=sys.stderr)
        raise
    docker("rm", "--force", "server")


def _check_packages(report: Report) -> None:
    inside = ("run", "--rm", "--network", "none", "--entrypoint")
    tools = docker(*inside, "sh", _IMAGE, "-c", _BUILD_TOOLS)
    require_same(tools, "", "the image has build tools")
    installed = docker(*inside, "/opt/vocalbaby/bin/python", _IMAGE, "-c", _PACKAGES)
    listed = listed_packages(output_of("scripts/release_sbom.sh", _PEX))
    require_same(listed, installed, "the bill of materials is not what the image has")
    report(f"no build tools; the bill of materials lists all {len(listed.split()) // 2} packages")


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if arguments:
        raise ScriptError("use: test_artifacts.sh", exit_code=2)
    os.chdir(ROOT)
    report = Progress().report
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with docker_engine(work / "engine1"):
            first = _build(work / "build1")
        report("built once")
        with docker_engine(work / "engine2"):
            require_same(first, _build(work / "build2"), "the two builds differ")
            report("two builds of the PEXes and of every layer of both images are the same bytes")
            _check_sizes(report)
            os.environ["PEX_ROOT"] = str(work / "pex")
            output_of("python3.11", _PEX, "--help")
            seconds = _seconds_until_ready()
            require_at_most(report, "seconds until a second start of the PEX is ready", seconds, 2)
            _check_privileges(report)
            _check_packages(report)
    return 0


if __name__ == "__main__":
    sys.exit(run_script("test_artifacts", main))
