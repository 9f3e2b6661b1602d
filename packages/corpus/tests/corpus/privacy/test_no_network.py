"""Nothing leaves the machine: commands work while every attempt to reach the network fails.

Where the system allows it, the commands and the processes that they start have no network at all.
"""

import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = """\
import socket
import sys

attempts = []


def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        attempts.append((event, arguments[1:]))
        raise OSError(f"the network is taken away: {event}")


sys.addaudithook(refuse)
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except OSError as error:
    assert "taken away" in str(error), error
assert attempts, "the hook does not work"
attempts.clear()

from vocalbaby.commands.main import main

archive, work = sys.argv[1:]
COMMANDS = (
    ["predict", f"{archive}/recordings/raw/b/day1.wav"],
    ["segment", f"{archive}/recordings/raw/b/day1.wav", "-o", f"{work}/day1.rttm"],
    ["corpus", "run", archive, "--out", f"{work}/dataset"],
    ["corpus", "merge", f"{work}/dataset", "--out", f"{work}/tables"],
    ["agree", f"{work}/dataset", f"{work}/dataset", "--draws", "100"],
    ["sample", f"{work}/dataset", "--stretches", "2", "--length", "4", "--out", f"{work}/s.csv"],
    ["export", f"{work}/dataset", "--eaf", "--out", f"{work}/elan", "--recordings", archive],
    [
        *("export", f"{work}/dataset", "--child-only", "--features-only"),
        *("--out", f"{work}/shared", "--recordings", archive, "--pseudonyms", f"{work}/key"),
    ],
    ["import", f"{work}/elan", "--out", f"{work}/corrections", "--confirmed"],
    ["summarize", f"{work}/day1.rttm"],
)
for words in COMMANDS:
    try:
        main(words)
    except SystemExit as end:
        assert not end.code, (words, end.code)
assert not attempts, attempts
print("commands:", len(COMMANDS))
"""


def without_network() -> list[str]:
    """Words before a command that give it no network; none where this is not allowed."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which(words[0]) is None:
        return []
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return [] if tried.returncode else words


def test_commands_work_without_a_network(made_archive: Path, tmp_path: Path) -> None:
    command = [*without_network(), sys.executable, "-c", PROGRAM, str(made_archive), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.endswith("commands: 10\n")
