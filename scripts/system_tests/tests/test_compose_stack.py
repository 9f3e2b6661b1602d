"""The blocks of commands that the test of the whole stack runs."""

from scripts.deploy.programs import ROOT
from scripts.system_tests.checks import bash_blocks


def test_the_page_has_the_two_blocks_that_are_run() -> None:
    start, drift = bash_blocks(ROOT / "docs/monitoring.md", "The whole stack")
    assert "key=" in start
    assert "docker compose up" in start
    assert '"$key"' in drift
