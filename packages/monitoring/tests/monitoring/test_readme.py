"""The README's application runs."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2]


def test_the_readme_s_application_runs_and_is_scraped() -> None:
    """In a process of its own, by the script that also runs it where nothing else is installed."""
    script, readme = PACKAGE / "tests" / "run_readme.py", PACKAGE / "README.md"
    command = [sys.executable, str(script), str(readme)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
