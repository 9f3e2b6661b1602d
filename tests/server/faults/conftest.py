"""A small disk that can be filled."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


class Disk:
    """A file system of 1 MiB.

    Attributes:
        path: Where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "vocalbaby-test", str(path)]
        subprocess.run(mount, check=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.path / "filler").open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert shutil.disk_usage(self.path).free == 0

    def free(self) -> None:
        """Make space again."""
        (self.path / "filler").unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    assert os.geteuid() == 0, "only root may mount a file system"
    made = Disk(tmp_path / "disk")
    try:
        yield made
    finally:
        made.close()
