"""The example of the README runs, and the names in it exist."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

from vocalbaby.monitoring.shared_metrics import SharedMetrics

PACKAGE = Path(__file__).parents[2]


def test_the_example_of_the_readme_runs_and_can_be_scraped() -> None:
    """Runs in its own process, with the script that also runs it in an empty environment."""
    script, readme = PACKAGE / "tests" / "run_readme.py", PACKAGE / "README.md"
    command = [sys.executable, str(script), str(readme)]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_in_the_readme_exist() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"`(vocalbaby\.[\w.]+)`", text)
    assert [pkgutil.resolve_name(name) for name in names] == [SharedMetrics]
    assert (
        set(re.findall(r"`shared\.(\w+)\(number\)`", text))
        == {"attach_worker", "remove_worker"}
        <= set(dir(SharedMetrics))
    )
