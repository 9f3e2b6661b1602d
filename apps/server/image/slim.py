"""Removes what the service never reads from a virtual environment, while the image is built.

``python3 slim.py ENVIRONMENT``
"""

import shutil
import struct
import sys
from pathlib import Path
from typing import Final

#: Services that the server uses: S3, and those that issue credentials.
_AWS_SERVICES: Final = {"s3", "sso", "sso-oidc", "sts"}
#: Typer requires rich and its dependencies, which vocalbaby-serve does not use.
_RICH: Final = ("rich", "pygments", "markdown_it", "mdurl")
_FOLDERS: Final = ("**/tests", "numpy/distutils", "numpy/f2py", "pycparser", *_RICH)
_FILES: Final = ("*.a", "*.c", "*.h", "*.pxd", "*.pyi", "*.pyx", "_simd.*.so", "*_tests.*.so")


def slim(environment: Path) -> None:
    """Remove tests, sources of compiled modules, unused AWS services, commands and debug symbols.

    Args:
        environment: A virtual environment of the service's requirements.
    """
    (site,) = environment.glob("lib/python3*/site-packages")
    services = [*(site / "botocore/data").iterdir(), *(site / "boto3/data").iterdir()]
    others = [path for path in services if path.is_dir() and path.name not in _AWS_SERVICES]
    for folder in [*others, *(found for name in _FOLDERS for found in site.glob(name))]:
        shutil.rmtree(folder)
    commands = [path for path in (environment / "bin").iterdir() if not path.is_symlink()]
    for file in [*commands, *(found for name in _FILES for found in site.rglob(name))]:
        file.unlink()
    for library in site.rglob("*.so*"):
        remove_symbols(library)


def remove_symbols(library: Path) -> None:
    """Truncate a shared library after its loaded segments, which removes its debug symbols.

    The base image has no ``strip``. The loader needs only the program headers of a 64-bit
    little-endian ELF file; the section headers at its end are for tools. Other files are left
    unchanged.

    Args:
        library: The file, which is overwritten.
    """
    content = library.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01":
        return
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    ends = [table + size * count]
    for header in range(table, table + size * count, size):
        (offset,) = struct.unpack_from("<Q", content, header + 8)
        (length,) = struct.unpack_from("<Q", content, header + 32)
        ends.append(offset + length)
    kept = bytearray(content[: max(ends)])
    struct.pack_into("<Q", kept, 40, 0)  # no section headers
    struct.pack_into("<HH", kept, 60, 0, 0)  # of which there are none
    library.write_bytes(kept)


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
