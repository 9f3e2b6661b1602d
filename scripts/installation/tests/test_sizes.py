"""Installed sizes and the table that lists them."""

from pathlib import Path

import pytest

from scripts.deploy.programs import ScriptError
from scripts.installation.sizes import installed_megabytes, listed_sizes, require_sizes

PAGE = Path("docs/install.md")


def test_bytecode_counts_and_pip_does_not(tmp_path: Path) -> None:
    for name in (
        "numpy/__pycache__/a.pyc",
        "numpy/a.py",
        "one.py",
        "pip/big",
        "pip-24.0.dist-info/b",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1_000_000))
    (tmp_path / "numpy/pip").mkdir()
    (tmp_path / "numpy/pip/its-own").write_bytes(bytes(500_000))
    assert installed_megabytes([tmp_path, tmp_path]) == 3.5


def test_a_page_without_a_table_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "install.md"
    page.write_text("| `vocalbaby-core[all]` | everything | 700 |\n| `other` | x | 1 |\n")
    assert listed_sizes(page) == {"vocalbaby-core[all]": 700}
    page.write_text("no table\n")
    with pytest.raises(ScriptError, match="no table"):
        listed_sizes(page)


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ({"vocalbaby": 89.9}, r"vocalbaby has 90 MB, and the table says 100"),
        ({"vocalbaby": 110.1}, r"vocalbaby has 110 MB, and the table says 100"),
        ({"vocalbaby-api": 5.0}, r"vocalbaby-api has 5 MB, which the table does not list"),
        ({"vocalbaby-core": 131.0}, r"vocalbaby-core has 131 MB, more than 130$"),
    ],
)
def test_sizes_that_differ_are_reported(measured: dict[str, float], message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        require_sizes(measured, {"vocalbaby": 100, "vocalbaby-core": 125})


def test_sizes_within_ten_percent_pass() -> None:
    require_sizes({"vocalbaby": 90.1, "vocalbaby-core": 130.0}, listed_sizes_of_two())


def listed_sizes_of_two() -> dict[str, int]:
    return {"vocalbaby": 100, "vocalbaby-core": 125}


def test_the_page_lists_the_light_installation_within_its_bound() -> None:
    listed = listed_sizes(PAGE)
    assert {"vocalbaby-core", "vocalbaby-core[train]", "vocalbaby-core[all]"} <= listed.keys()
    assert {"vocalbaby-api", "vocalbaby"} <= listed.keys()
    assert listed["vocalbaby-core"] <= 130
