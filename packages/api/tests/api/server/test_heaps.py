"""Threads share heaps, and large blocks are returned."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from vocalbaby.api.server import heaps as heaps_module

_PROGRAM = """
import ctypes, sys, threading
from {module} import limit_heaps

if sys.argv[1] == "limited":
    limit_heaps()
bytearray(20_000_000)  # raises the threshold of glibc when it is freed
together = threading.Barrier(8)

def hold():
    held = bytearray(50_000)
    together.wait()

threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
held = bytearray(2_000_000), [bytearray(500_000) for _ in range(10)]
blocks = [bytearray(100_000) for _ in range(40)]
while blocks:
    blocks.pop()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.parametrize(
    ("how", "heaps", "mappings"), [("limited", range(1, 3), 1), ("unlimited", range(3, 17), 0)]
)
def test_threads_share_two_heaps_without_large_blocks(
    how: str, heaps: range, mappings: int, tmp_path: Path
) -> None:
    report = tmp_path / "heaps.xml"
    command = [
        sys.executable,
        "-c",
        _PROGRAM.format(module=heaps_module.__name__),
        how,
        str(report),
    ]
    subprocess.run(command, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    tree = ET.parse(report).getroot()
    assert len(tree.findall("heap")) in heaps
    mapped = [int(total.attrib["size"]) for total in tree.findall("total[@type='mmap']")]
    assert sum(mapped) // 2_000_000 == mappings
    kept = int(tree[0].find("system[@type='current']").attrib["size"])  # type: ignore[union-attr]
    assert kept >= 9_000_000  # smaller blocks are kept for the next requests
