"""Every system call of writing, finishing, recovering, shipping and reading may fail."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fault_injection.faults import preload
from tests.prediction_log import faulty_log


@pytest.mark.parametrize("name", faulty_log.CHECKS)
def test_no_failing_call_loses_or_doubles_an_acknowledged_row(name: str, tmp_path: Path) -> None:
    control, work = tmp_path / "control", tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", faulty_log.__name__, name, str(control), str(work)],
        env=os.environ | preload(control),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
