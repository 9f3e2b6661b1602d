"""The checks that the system tests use."""

from pathlib import Path

import pytest

from scripts.deploy.programs import ProgramError, ScriptError
from scripts.system_tests.checks import bash_blocks, expect, require_at_most

PAGE = """\
# Title

## Other

```bash
exit 1
```

## The whole stack

Text.

```bash
one
two
```

```
output
```

```bash
three
```

## Later

```bash
exit 1
```
"""


def test_waits_until_a_line_matches() -> None:
    texts = iter(["starting", None, "no\nhealthy"])
    slept: list[float] = []
    reported: list[str] = []

    def read() -> str:
        found = next(texts)
        if found is None:
            raise ProgramError("docker", 1, "")
        return found

    expect(reported.append, "it is healthy", "^healthy$", read, sleep=slept.append)
    assert slept == [1, 1]
    assert reported == ["it is healthy"]


def test_fails_when_nothing_matches_in_time() -> None:
    slept: list[float] = []
    with pytest.raises(ScriptError, match=r"not true: it is healthy\n.*\nunhealthy"):
        expect(
            print,
            "it is healthy",
            "^healthy$",
            lambda: "unhealthy",
            attempts=3,
            sleep=slept.append,
        )
    assert len(slept) == 3


def test_a_value_must_be_within_its_bound() -> None:
    require_at_most(print, "bytes", 2, 2)
    with pytest.raises(ScriptError, match=r"bytes: 2\.5, more than 2"):
        require_at_most(print, "bytes", 2.5, 2)


def test_finds_the_bash_blocks_of_a_section(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    assert bash_blocks(tmp_path / "page.md", "The whole stack") == ["one\ntwo\n", "three\n"]
    with pytest.raises(ScriptError, match="has no section 'Nothing'"):
        bash_blocks(tmp_path / "page.md", "Nothing")
