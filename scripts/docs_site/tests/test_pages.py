"""Notebooks, docstrings and configuration files become pages."""

import base64
import doctest
import json
from pathlib import Path

from scripts.docs_site import configuration, docstrings
from scripts.docs_site.notebooks import convert


def test_examples_of_docstrings() -> None:
    assert doctest.testmod(docstrings).attempted
    assert not doctest.testmod(docstrings).failed


def test_a_notebook_is_a_page_with_its_figures(tmp_path: Path) -> None:
    image = {"image/png": base64.b64encode(b"figure").decode(), "text/plain": ["<Figure>"]}
    output = {"output_type": "display_data", "data": image, "metadata": {}}
    stream = {"output_type": "stream", "name": "stdout", "text": ["Crying\n"]}
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# One day"]},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "source": ["label()"],
            "execution_count": 1,
            "outputs": [stream, output],
        },
    ]
    path = tmp_path / "day.ipynb"
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    made = convert(path, "notebooks/day.ipynb")
    text = made["notebooks/day.md"]
    assert isinstance(text, str)
    assert text.startswith("# One day\n")
    assert "```python\nlabel()\n```" in text
    assert "Crying" in text
    ((figure, data),) = [(name, data) for name, data in made.items() if name.endswith(".png")]
    assert data == b"figure"
    assert f"]({figure.removeprefix('notebooks/')})" in text


def test_keys_have_type_bounds_default_and_meaning() -> None:
    rows = configuration.pages()["reference/configuration.md"].splitlines()
    assert "| `max_depth` | `int`, ≥ 1, ≤ 12 | `5` | Maximum depth of a tree. |" in rows
    assert "Variables: `VOCALBABY_FEATURES__AUGMENTATION__<KEY>`." in rows
    assert not [row for row in rows if row.startswith("| `") and row.endswith("|  |")]
