"""Locks between processes, and that nothing needs the modules that Windows does not have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vocalbaby.utils.file_lock import lock_file

TRY = """\
import os, sys
from vocalbaby.utils.file_lock import lock_file
lock_file(os.open(sys.argv[1], os.O_RDWR), wait=False)
"""
#: Imports every module of the packages that predict and segment, without what only POSIX has.
IMPORT_ALL = """\
import importlib, pkgutil, sys
import vocalbaby.utils.file_lock  # the only one that has an implementation for each system

class Windows:
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "grp", "pwd", "resource", "termios"}:
            raise ModuleNotFoundError(name)

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Windows())
names = []
for package in sys.argv[1:]:
    top = importlib.import_module("vocalbaby." + package)
    names += [one.name for one in pkgutil.walk_packages(top.__path__, top.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
PACKAGES = ("cloud", "commands.recordings", "inference", "segmentation", "utils")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_lock_keeps_other_processes_out_until_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("wb") as file:
        lock_file(file.fileno())
        assert "BlockingIOError" in run(TRY, str(path)).stderr
        other = os.open(path, os.O_RDWR)
        with pytest.raises(BlockingIOError):
            lock_file(other, wait=False)
        os.close(other)
    assert run(TRY, str(path)).returncode == 0


def test_predicting_and_segmenting_need_no_module_of_posix() -> None:
    done = run(IMPORT_ALL, *PACKAGES)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
