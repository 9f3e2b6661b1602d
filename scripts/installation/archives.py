"""What holds for the wheels and sdists of dist/ before anything is installed."""

import json
import os
import platform
import re
from pathlib import Path
from typing import Final

from scripts.deploy.programs import ROOT, ScriptError, output_of
from scripts.installation.environments import DIST, Environment

__all__ = [
    "WHEEL_IDENTIFIERS",
    "check_archives",
    "check_kernel_sdist",
    "check_wheel_identifiers",
    "one_of_dist",
]

#: The wheels of the kernel that the release workflow builds, by cibuildwheel's names.
WHEEL_IDENTIFIERS: Final = {
    "linux": (
        "cp311-manylinux_aarch64",
        "cp311-manylinux_x86_64",
        "cp311-musllinux_aarch64",
        "cp311-musllinux_x86_64",
    ),
    "macos": ("cp311-macosx_arm64", "cp311-macosx_x86_64"),
    "windows": ("cp311-win_amd64", "cp311-win_arm64"),
}


def one_of_dist(pattern: str) -> Path:
    """The only file of dist/ that matches.

    Raises:
        ScriptError: There is none, or several.
    """
    found = sorted(DIST.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ScriptError(f"dist/ should have one {pattern}, and has {names}")
    return found[0]


def check_archives() -> str:
    """Check the archives with twine, check-wheel-contents, auditwheel and abi3audit.

    Returns:
        The platform tags of the kernel's wheels for this processor.

    Raises:
        ScriptError: A tool rejects an archive, or a wheel of the kernel can only be used here.
    """
    tools = Path(output_of(ROOT / "scripts/tool.sh", "wheels").strip())
    wheels, sdists = sorted(DIST.glob("*.whl")), sorted(DIST.glob("*.tar.gz"))
    output_of(tools / "twine", "check", "--strict", *wheels, *sdists, with_errors=True)
    # The umbrella has no modules of its own.
    others = [wheel for wheel in wheels if not wheel.name.startswith("vocalbaby-")]
    output_of(tools / "check-wheel-contents", *others, with_errors=True)
    kernels = sorted(DIST.glob(f"vocalbaby_kernel-*linux*_{platform.machine()}.whl"))
    tags = []
    for kernel in kernels:
        output_of(tools / "abi3audit", "--strict", kernel, with_errors=True)
        shown = output_of(tools / "auditwheel", "show", kernel, with_errors=True)
        tag = re.search(r'platform tag:\s+"(m[a-z]+linux_\w+)"', " ".join(shown.split()))
        if not tag or tag[1] not in kernel.name:
            raise ScriptError(f"{kernel.name} is not portable:\n{shown}")
        tags.append(tag[1])
    return ", ".join(tags) or f"no wheel of the kernel for {platform.machine()}"


def check_kernel_sdist(work: Path, interpreter: Path) -> str:
    """Install the kernel's sdist with pip: with the C compiler, and with one that always fails.

    On Windows only with the compiler, which no environment variable replaces.

    Returns:
        What computes in each case.

    Raises:
        ScriptError: Something else computes.
    """
    sdist = str(one_of_dist("vocalbaby_kernel-*.tar.gz"))
    found = {}
    environment = Environment(work / "sdist", interpreter, with_pip=True)
    cases: dict[str, dict[str, str]] = {"compiled": {}}
    if os.name == "posix":
        cases["numpy"] = {"CC": "false"}
    for name, environ in cases.items():
        # Without --no-binary, pip would use the wheel that it built first.
        install = ("install", "--quiet", "--force-reinstall", "--no-binary", "vocalbaby-kernel")
        environment.run(environment.python.stem, "-m", "pip", *install, sdist, environ=environ)
        code = "from vocalbaby import kernel; print(kernel.name())"
        found[name] = environment.run_python(code).strip()
    if any(name != computed for name, computed in found.items()):
        raise ScriptError(f"the sdist of the kernel: {json.dumps(found)}")
    return " and ".join(cases)


def check_wheel_identifiers() -> str:
    """Check which wheels cibuildwheel would build with the configuration of the workflow.

    Raises:
        ScriptError: They are not those of `WHEEL_IDENTIFIERS`.
    """
    tools = Path(output_of(ROOT / "scripts/tool.sh", "cibuildwheel").strip())
    config = ROOT / "packages/kernel/cibuildwheel.toml"
    for system, wanted in WHEEL_IDENTIFIERS.items():
        command = (tools / "cibuildwheel", "--platform", system, "--archs", "all")
        options = ("--config-file", config, "--print-build-identifiers")
        found = output_of(*command, *options, ROOT / "packages/kernel").split()
        if sorted(found) != sorted(wanted):
            raise ScriptError(f"cibuildwheel would build {found} on {system}, not {wanted}")
    return str(sum(map(len, WHEEL_IDENTIFIERS.values())))
