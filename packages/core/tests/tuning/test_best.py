from pathlib import Path

import pytest

from vocalbaby.exception import DataError
from vocalbaby.tuning.best import read_best


def test_a_damaged_result_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "best.json").write_text("{}")
    with pytest.raises(DataError, match="has no result of a search"):
        read_best(tmp_path / "best.json")
