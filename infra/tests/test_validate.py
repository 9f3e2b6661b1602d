"""Every part is formatted and fits the schema of today's AWS provider; planted faults do not."""

from pathlib import Path

import pytest

from infra.tests.terraform import INFRA, Mirror, copy_of

PARTS = sorted(
    str(path.relative_to(INFRA / "terraform"))
    for path in (INFRA / "terraform").rglob("*")
    if path.is_dir() and any(path.glob("*.tf"))
)


def test_there_are_parts() -> None:
    assert {"modules/networking", "modules/compute"} <= set(PARTS)


def test_every_file_is_formatted(today: Mirror) -> None:
    today.run(INFRA / "terraform", "fmt", "-check", "-recursive", "-diff")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_fits_the_schema(part: str, today: Mirror, tmp_path: Path) -> None:
    folder = copy_of(part, tmp_path)
    today.init(folder)
    assert "Success!" in today.run(folder, "validate", "-no-color")
