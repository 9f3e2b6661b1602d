"""How commands end in a shell: silently with their reader, with an error if they cannot write."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest


def shell(text: str, **files: Path) -> subprocess.CompletedProcess[str]:
    """Run it as most users do, whose Python buffers what it writes."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {text}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**environ, **{name: str(path) for name, path in files.items()}},
    )


@pytest.mark.usefixtures("script")
@pytest.mark.parametrize("command", ["--help", "model list", "doctor --json"])
def test_ends_silently_if_its_reader_does(command: str) -> None:
    run = shell(f"vocalbaby {command} | true")
    assert (run.returncode, run.stderr) == (141, "")


@pytest.mark.usefixtures("script")
@pytest.mark.parametrize("command", ["--help", 'predict "$RECORDING"'])
@pytest.mark.parametrize(
    ("target", "message"),
    [(">&-", "standard output: It is closed."), (">/dev/full", "No space left on device.")],
)
def test_output_that_cannot_be_written_is_an_error(
    command: str, target: str, message: str, recording: Path
) -> None:
    run = shell(f"vocalbaby {command} {target}", RECORDING=recording)
    assert run.returncode == 7
    assert run.stderr == (
        f"The file cannot be used: {message}\nCheck the path, its rights and the space.\n"
    )


@pytest.mark.usefixtures("script")
def test_errors_that_cannot_be_written_leave_the_exit_code() -> None:
    assert shell("vocalbaby model show nowhere 2>/dev/full").returncode == 6
    assert shell("vocalbaby fly 2>&-").returncode == 2


def test_ctrl_c_ends_with_one_line(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "new"
    words = ["synthesize", str(out), "--per-class", "9999"]
    # A shell starts background jobs, such as a run of the tests, with SIGINT ignored.
    command = ["env", "--default-signal=INT", str(script), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 90
        while not (out.exists() and any(out.iterdir())) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate(timeout=60)
    assert (process.returncode, text) == (130, "Interrupted.\n")
