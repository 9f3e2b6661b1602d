"""Notebooks as pages, with the outputs that are stored in them."""

import posixpath
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

__all__ = ["convert"]


def convert(path: Path, uri: str) -> dict[str, str | bytes]:
    """The page of a notebook and its figures.

    Args:
        path: The notebook.
        uri: Its path within docs/.

    Returns:
        Path -> content of the page and of every figure.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.setdefault("language_info", {"name": "python"})  # for the colours of code
    folder, stem = posixpath.dirname(uri), path.stem
    resources = {"output_files_dir": f"{stem}_files", "unique_key": stem}
    text, made = MarkdownExporter().from_notebook_node(notebook, resources)
    figures = {posixpath.join(folder, name): data for name, data in made["outputs"].items()}
    return {posixpath.join(folder, f"{stem}.md"): text, **figures}
