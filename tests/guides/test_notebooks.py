"""Notebooks print what is stored in them."""

import warnings
from pathlib import Path

import pytest

from tests.guides.blocks import notebook_steps
from tests.guides.pages import follow

NOTEBOOKS = sorted(Path("docs/notebooks").resolve().glob("*.ipynb"))
LARGEST = 500_000  # bytes


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_prints_what_it_shows(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert notebook.stat().st_size < LARGEST
    todo = notebook_steps(notebook.read_text(encoding="utf-8"))
    assert sum(bool(step.output) for step in todo) >= 3
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        follow(todo, tmp_path, monkeypatch)
