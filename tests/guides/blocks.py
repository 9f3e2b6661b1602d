"""The blocks of a page of the documentation that its readers run or save.

A page is a session of a reader who copies its fenced blocks:

- ``bash`` blocks are commands. All of them run in one shell, in which variables, the current folder
  and background processes last. No command may fail, except before ``||``.
- ``r`` blocks are programs of their own.
- ``python`` blocks run in one namespace. With prompts (``>>>``, also in ``pycon`` blocks) they show
  their results themselves.
- A ``text`` block after one of these shows its output.
- A block with ``title="NAME"`` is a file that the reader saves under this name.
- A block below ``<!-- not run: REASON -->`` is left out. Other blocks are only shown.

In an output, ``...`` stands for any text, the amount of white space does not matter, and numbers
with a decimal point may differ by 0.02 or 2 %, because other processors round differently.
"""

import json
import re
from dataclasses import dataclass, replace

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n)?"
    r"```(?P<language>\w*)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of a page.

    Attributes:
        line: Its line, counted from 1.
        language: ``bash``, ``python``, ``r`` or ``file``.
        code: Its text.
        output: The output that the page shows; None if it shows none.
        span: Where the output begins and ends in the page.
        file: Name of the file, if the block is one.
        reason: Why it is not run; None if it is.
    """

    line: int
    language: str
    code: str
    output: str | None = None
    span: tuple[int, int] | None = None
    file: str | None = None
    reason: str | None = None


def steps(page: str) -> list[Step]:
    """The blocks of a page that a reader runs or saves, in order.

    Raises:
        ValueError: A block shows an output, but none before it is run.
    """
    found: list[Step] = []
    waiting = False
    for fence in _FENCE.finditer(page):
        line = page.count("\n", 0, fence.start("code")) + 1
        language, code = fence["language"], fence["code"]
        if fence["file"]:
            found.append(Step(line, "file", code, file=fence["file"]))
            waiting = False
        elif language in {"bash", "python", "pycon", "r"}:
            language = "python" if language == "pycon" else language
            found.append(Step(line, language, code, reason=fence["reason"]))
            waiting = True
        elif language == "text" and not fence["reason"]:
            if not waiting:
                raise ValueError(f"Line {line} shows the output of nothing.")
            found.append(replace(found.pop(), output=code, span=fence.span("code")))
            waiting = False
        else:
            waiting = False
    return found


def notebook_steps(text: str) -> list[Step]:
    """The code cells of a notebook, with the text that they print or show."""
    found = []
    for number, cell in enumerate(json.loads(text)["cells"], start=1):
        if cell["cell_type"] == "code":
            shown = "".join(
                "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
                for output in cell["outputs"]
                if "image/png" not in output.get("data", {})
            )
            found.append(Step(number, "python", "".join(cell["source"]) + "\n", shown))
    return found
