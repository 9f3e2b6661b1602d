"""Prints the number of tests that passed and failed in JUnit reports; fails unless all passed.

Usage: count_tests.py FAILED_STEPS FOLDER
"""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def main(failed_steps: int, folder: Path) -> int:
    """Sum the reports; each failed step counts as a failure."""
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for report in sorted(folder.glob("*.xml")):
        for suite in ET.parse(report).getroot().iter("testsuite"):
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    if failed_steps:
        print(f"{failed_steps} steps failed")
    if not counts["tests"]:
        print("no test ran")
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{passed} passed, {max(failed, failed_steps)} failed{skipped}")
    return int(bool(failed or failed_steps or not counts["tests"]))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
