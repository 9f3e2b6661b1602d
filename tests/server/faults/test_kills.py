"""The service after kills of its processes at random moments, under load."""

from pathlib import Path

from scripts.system_tests.kills import Kills


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    """``scripts/test_kills.sh`` does this 200 times; what is verified is in the function."""
    figures = Kills(tmp_path, seed=1).run(10)
    assert figures["answered"] > 10
    assert (
        sum(count for what, count in figures.items() if what.endswith(("killed", "stopped"))) == 10
    )
