"""Checks of what is installed: versions, the kernel, codecs, extras, threads and the disk."""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module, metadata
from pathlib import Path
from typing import Final

from vocalbaby.commands.doctor.findings import Finding
from vocalbaby.exception.table import TABLE
from vocalbaby.utils.extras import EXTRAS, missing_packages, pip_command
from vocalbaby.utils.version import VERSION

__all__ = [
    "check_codecs",
    "check_disk",
    "check_extras",
    "check_kernel",
    "check_threads",
    "check_versions",
]

_DISTRIBUTIONS: Final = (
    "vocalbaby",
    "vocalbaby-core",
    "vocalbaby-kernel",
    "vocalbaby-api",
    "vocalbaby-monitoring",
    "vocalbaby-corpus",
    "vocalbaby-drift",
)
_LIBRARIES: Final = ("numpy", "soundfile", "soxr", "pydantic", "typer", "rich")
#: Formats of libsndfile that recordings often have, which old versions lack.
_FORMATS: Final = ("WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF")
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
#: Bytes that decoding and downloads may need at once.
_SPACE: Final = 256 * 2**20


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def check_versions() -> Iterator[Finding]:
    """Report the versions of VocalBaby, Python and the libraries."""
    own = {name: _version(name) for name in _DISTRIBUTIONS}
    python, system = platform.python_version(), platform.platform()
    libraries = {name: _version(name) for name in _LIBRARIES}
    details: dict[str, object] = {
        "vocalbaby": VERSION,
        "distributions": own,
        "libraries": libraries,
        "python": python,
        "executable": sys.executable,
        "platform": system,
    }
    yield Finding(
        "version", "ok", f"VocalBaby {VERSION}, Python {python}, {system}", details=details
    )
    installed = {name: version for name, version in own.items() if version}
    text = ", ".join(f"{name} {version}" for name, version in installed.items())
    yield Finding("distributions", "ok", text or "run from the source folders")
    for name, version in installed.items():
        if version != VERSION:
            hint = "Install all of them in the same version: pip install --upgrade vocalbaby"
            yield Finding(
                "distributions",
                "warning",
                f"{name} has the version {version}, not {VERSION}.",
                hint,
            )
    yield Finding("libraries", "ok", ", ".join(f"{n} {v}" for n, v in libraries.items() if v))


def check_kernel() -> Iterator[Finding]:
    """Report which implementation computes features and trees, and why."""
    from vocalbaby import kernel

    name = kernel.name()
    reason, hint = "", ""
    if name == "numpy":
        if os.environ.get(kernel.SETTING) == "numpy":
            reason = f"because {kernel.SETTING} is numpy"
        else:
            try:
                import_module("vocalbaby.kernel._native")
            except ImportError as error:
                reason = f"because the compiled module cannot be imported ({error})"
            hint = (
                "The values are the same. It is faster with: pip install --upgrade vocalbaby-kernel"
            )
    details: dict[str, object] = {"name": name, "reason": reason or None}
    text = f"{name} {reason}".strip()
    yield Finding("kernel", "warning" if hint else "ok", text, hint, details=details)


def check_codecs() -> Iterator[Finding]:
    """Report what decodes recordings."""
    import soundfile

    version = soundfile.__libsndfile_version__
    formats = sorted(soundfile.available_formats())
    av = _version("av")
    details: dict[str, object] = {"libsndfile": version, "formats": formats, "pyav": av}
    lacking = [name for name in _FORMATS if name not in formats]
    text = f"libsndfile {version}: {', '.join(name for name in _FORMATS if name in formats)}"
    if lacking:
        hint = "Install a newer one: pip install --upgrade soundfile"
        yield Finding(
            "codecs", "warning", f"{text}; not {', '.join(lacking)}", hint, details=details
        )
    else:
        yield Finding("codecs", "ok", f"{text}, and Opus in Ogg", details=details)
    more = "M4A, MP4, MOV, 3GP, AMR, AAC, WebM, Matroska, WMA, AVI, MPEG-TS"
    if av:
        yield Finding("codecs", "ok", f"PyAV {av}: {more}")
    else:
        yield Finding("codecs", "missing", f"PyAV, which reads {more}", pip_command("media"))


def check_extras() -> Iterator[Finding]:
    """Report the extras that are installed, and how to get the others."""
    for name, extra in EXTRAS.items():
        missing = missing_packages(name)
        details: dict[str, object] = {
            "extra": name,
            "purpose": extra.purpose,
            "is_installed": not missing,
            "missing": list(missing),
            "command": pip_command(name),
        }
        if missing:
            text = f"{name}: {extra.purpose} (without {', '.join(missing)})"
            yield Finding("extra", "missing", text, pip_command(name), details=details)
        else:
            yield Finding("extra", "ok", f"{name}: {extra.purpose}", details=details)


def check_threads() -> Iterator[Finding]:
    """Report the processors, and the variables that limit the threads of libraries."""
    affinity = getattr(os, "sched_getaffinity", None)
    usable = len(affinity(0)) if affinity else os.cpu_count() or 1
    settings = {name: os.environ.get(name) for name in _THREADS}
    given = ", ".join(f"{name}={value}" for name, value in settings.items() if value)
    details: dict[str, object] = {"processors": usable, "variables": settings}
    text = f"{usable} processors; {given or 'no limit of threads (OMP_NUM_THREADS)'}"
    yield Finding("threads", "ok", text, details=details)


def check_disk() -> Iterator[Finding]:
    """Verify that temporary files can be written."""
    folder = Path(tempfile.gettempdir())
    details: dict[str, object] = {"folder": folder, "is_writable": False, "free_bytes": None}
    try:
        with tempfile.NamedTemporaryFile(prefix="vocalbaby-") as stream:
            stream.write(bytes(2**16))
            stream.flush()
        details["is_writable"] = True
        import shutil

        free = details["free_bytes"] = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"{folder} cannot be written: {error.strerror or error}."
        hint = "Name another folder with the variable TMPDIR (TEMP on Windows)."
        code = TABLE["file_unusable"].exit_code
        yield Finding("temporary_files", "error", text, hint, code, details)
        return
    text = f"{folder}, {free / 2**30:.1f} GiB free"
    if free < _SPACE:
        yield Finding("temporary_files", "warning", text, "Free some space.", details=details)
    else:
        yield Finding("temporary_files", "ok", text, details=details)
