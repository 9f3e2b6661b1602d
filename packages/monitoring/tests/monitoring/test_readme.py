"""The README's application runs, and what it names exists."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

from vocalbaby.monitoring.shared_metrics import SharedMetrics

PACKAGE = Path(__file__).parents[2]


def test_the_readme_s_application_runs_and_is_scraped() -> None:
    """In a process of its own, by the script that also runs it where nothing else is installed."""
    script, readme = PACKAGE / "tests" / "run_readme.py", PACKAGE / "README.md"
    command = [sys.executable, str(script), str(readme)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_readme_names_exists() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"`(vocalbaby\.[\w.]+)`", text)
    assert [pkgutil.resolve_name(name) for name in names] == [SharedMetrics]
    assert (
        set(re.findall(r"`board\.(\w+)\(place\)`", text))
        == {"attach_worker", "remove_worker"}
        <= set(dir(SharedMetrics))
    )
