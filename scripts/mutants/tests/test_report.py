"""The share of killed mutants, and the list of those that are equivalent."""

from pathlib import Path

import pytest

from scripts.mutants.equivalents import LIST, changed_lines, read
from scripts.mutants.report import Result, Verdict, diff, share_killed, table

ROOT = LIST.parents[2]


def result(package: str, verdict: Verdict) -> Result:
    return Result(Path(f"packages/core/src/vocalbaby/{package}/x.py"), 3, verdict, "")


def test_equivalents_do_not_count_and_timeouts_are_killed() -> None:
    verdicts: list[Verdict] = ["killed", "killed", "timeout", "survived", "equivalent"]
    assert share_killed(result("a", one) for one in verdicts) == 0.75
    assert share_killed([result("a", "equivalent")]) is None
    assert share_killed([]) is None


def test_the_table_has_a_line_for_each_package() -> None:
    rows = [result("b", "killed"), result("a", "survived"), result("a", "equivalent")]
    found = [line.split() for line in table(rows).splitlines()[1:]]
    assert found == [
        ["core/a", "0", "0", "1", "1", "0.0%"],
        ["core/b", "1", "0", "0", "0", "100.0%"],
        ["all", "1", "0", "1", "1", "50.0%"],
    ]


def test_a_difference_shows_the_changed_lines() -> None:
    text = diff(Path("a.py"), "x = 1\ny = 2\n", "x = 1\ny = 3\n")
    assert text.splitlines() == ["--- a/a.py", "+++ b/a.py", "@@ -2 +2 @@", "-y = 2", "+y = 3"]


@pytest.mark.parametrize(
    ("source", "mutated", "expected"),
    [
        ("a\n  b = 1\nc", "a\n  b = 2\nc", ("b = 1", "b = 2")),
        ("a\n@deco\nc", "a\nc", ("@deco", "")),
        ("x\na\na\nb", "x\na\nb", ("a", "")),
        ("a = 1", "a = 2", ("a = 1", "a = 2")),
    ],
)
def test_changed_lines(source: str, mutated: str, expected: tuple[str, str]) -> None:
    assert changed_lines(source, mutated) == expected


def test_an_equivalent_needs_a_reason_and_is_listed_once(tmp_path: Path) -> None:
    entry = '[[equivalent]]\nfile = "a"\nline = "b"\nmutant = "c"\nreason = "{}"\n'
    path = tmp_path / "list.toml"
    path.write_text(entry.format(" "))
    with pytest.raises(ValueError, match="no reason for 'c'"):
        read(path)
    path.write_text(entry.format("d") * 2)
    with pytest.raises(ValueError, match="twice"):
        read(path)
    path.write_text(entry.format("d") + 'other = "e"\n')
    with pytest.raises(TypeError, match="other"):
        read(path)


def test_the_listed_lines_are_in_the_code() -> None:
    stale = [
        f"{one.file}: {one.line}"
        for one in read()
        if one.line not in " ".join(Path(one.file).read_text("utf-8").split())
        and one.line not in [line.strip() for line in Path(one.file).read_text("utf-8").split("\n")]
    ]
    assert stale == []
