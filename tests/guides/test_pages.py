"""The runner of pages finds what a reader would find, and nothing else passes."""

from pathlib import Path

import pytest

from tests.guides.blocks import steps
from tests.guides.pages import follow, same
from tests.guides.update import updated

PAGE = """
```bash
mkdir a
cd a
x=5
```

```yaml title="b/c.yaml"
key: 1
```

```bash
echo $x
cat b/c.yaml
sleep 100 &
false || echo "exit code $?"
```

```text
5
key: 1
exit code 1
```

```bash
kill %1
```

```python
share = 0.512
share
```

```text
0.51
```

```pycon
>>> share > 0.5
True

```

<!-- not run: it would fail -->
```bash
false
```
"""


def test_a_page_is_one_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow(steps(PAGE), tmp_path, monkeypatch)
    assert (tmp_path / "work/a/b/c.yaml").read_text() == "key: 1\n"


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ("exit code 1", "exit code 2"),
        ("\n0.51\n", "\n0.6\n"),
        ("kill %1", "kill %1\nfalse\ntrue"),
        ("x=5", "exit 3"),
        ("share > 0.5\nTrue", "share > 0.5\nFalse"),
        ("share = 0.512", "share = 1 / 0"),
        ("<!-- not run: it would fail -->\n", ""),
    ],
)
def test_a_wrong_page_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, wrong: str
) -> None:
    assert PAGE.count(shown) == 1
    with pytest.raises(AssertionError):
        follow(steps(PAGE.replace(shown, wrong)), tmp_path, monkeypatch)


def test_an_output_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Line 2 shows the output of nothing"):
        steps("```text\n5\n```\n")


@pytest.mark.parametrize(
    ("shown", "output", "equal"),
    [
        ("UAR 0.76, 30 clips", "UAR  0.77, 30 clips\n", True),
        ("UAR 0.76, 30 clips", "UAR 0.79, 30 clips", False),
        ("UAR 0.76, 30 clips", "UAR 0.76, 31 clips", False),
        ("410.00", "412.00", True),
        ("vocalbaby-...: 5", "vocalbaby-01ab: 5", True),
        ("vocalbaby-...: 5", "vocalbaby-01ab: 6", False),
    ],
)
def test_outputs_are_compared_with_tolerance(
    shown: str,
    output: str,
    equal: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert same(shown, output) is equal


def test_an_update_changes_outputs_only(tmp_path: Path) -> None:
    old = PAGE.replace("5\nkey: 1\nexit code 1", "old").replace("\n0.51\n", "\n...\n")
    assert updated(old, tmp_path) == PAGE.replace("\n0.51\n", "\n...\n")
