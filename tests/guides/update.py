"""Writes the outputs of pages anew, after a change of what they show, e.g. of the built-in model.

    python -m tests.guides.update docs/tutorials/first-labels.md

Outputs that contain ``...`` stay as they are. Read the changes before you commit them, and the text
around them.
"""

import sys
import tempfile
from pathlib import Path

import pytest

from tests.guides.blocks import steps
from tests.guides.pages import reader


def updated(page: str, folder: Path) -> str:
    """The text of a page with the outputs that its blocks give now.

    Args:
        page: Text of the page.
        folder: An empty folder.
    """
    parts, end = [], 0
    with pytest.MonkeyPatch.context() as patch, reader(folder, patch) as session:
        for step in steps(page):
            if step.reason is None:
                output = session.run(step)
                if step.span and "..." not in page[slice(*step.span)]:
                    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
                    parts += [page[end : step.span[0]], *(f"{line}\n" for line in lines)]
                    end = step.span[1]
    return "".join([*parts, page[end:]])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(name).resolve()
            path.write_text(updated(path.read_text("utf-8"), Path(temporary)), encoding="utf-8")
