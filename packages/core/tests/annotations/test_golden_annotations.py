"""Each format writes a timeline as it did, and says the same about what it leaves out."""

from packages.core.tests.annotations.golden_annotations import GOLDEN, lines


def test_no_format_has_changed() -> None:
    assert list(lines()) == GOLDEN.read_text("utf-8").splitlines()
