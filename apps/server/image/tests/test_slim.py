"""What is removed from the image's environment, and what must stay."""

import ctypes
import shutil
import struct
import sysconfig
from pathlib import Path

import pytest

from apps.server.image.slim import remove_symbols, slim


def a_library() -> Path:
    """A shared library with section headers: an extension module of Python."""
    folder = Path(sysconfig.get_config_var("DESTSHARED"))
    for library in sorted(folder.glob("_*.so")):
        if struct.unpack_from("<H", library.read_bytes(), 60)[0]:
            return library
    raise AssertionError(f"no library in {folder} has sections")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment with a file of each kind."""
    site = tmp_path / "lib/python3.11/site-packages"
    for name in (
        "botocore/data/s3/service.json",
        "botocore/data/ec2/service.json",
        "botocore/data/endpoints.json",
        "boto3/data/s3/resources.json",
        "boto3/data/sqs/resources.json",
        "numpy/__init__.py",
        "numpy/core/tests/test_core.py",
        "numpy/f2py/f2py.py",
        "numpy/core/core.pyx",
        "numpy/typing/types.pyi",
        "uvloop/loop.c",
        "rich/table.py",
        "pygments/lexers/c_cpp.py",
    ):
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "python").symlink_to("/usr/bin/python3")
    (binaries / "uvicorn").write_text("#!/usr/bin/python3\n")
    return tmp_path


def test_keeps_only_what_the_service_reads(environment: Path) -> None:
    slim(environment)
    site = environment / "lib/python3.11/site-packages"
    left = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert left == {
        "botocore/data/s3/service.json",
        "botocore/data/endpoints.json",
        "boto3/data/s3/resources.json",
        "numpy/__init__.py",
    }
    assert [path.name for path in (environment / "bin").iterdir()] == ["python"]


def test_a_library_without_debug_symbols_is_smaller_and_loads(tmp_path: Path) -> None:
    library = tmp_path / "library.so"
    shutil.copy(a_library(), library)
    before = library.stat().st_size
    remove_symbols(library)
    assert library.stat().st_size < before
    assert struct.unpack_from("<Q", library.read_bytes(), 40) == (0,)
    ctypes.PyDLL(str(library))


@pytest.mark.parametrize("content", [b"", b"GROUP ( libc.so.6 )", b"\x7fELF\x01\x01" + bytes(60)])
def test_leaves_other_files_unchanged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.so"
    path.write_bytes(content)
    remove_symbols(path)
    assert path.read_bytes() == content
