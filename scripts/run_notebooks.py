"""Executes the notebooks of docs/notebooks in an empty folder, and stores their outputs.

    scripts/run_notebooks.sh

Figures are stored as PNG with a palette, so that a notebook stays below 500 kB.
"""

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat  # pants: no-infer-dep
from nbclient import NotebookClient  # pants: no-infer-dep
from PIL import Image

FOLDER = Path("docs/notebooks")


def execute(path: Path) -> None:
    """Execute a notebook and replace its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy("docs/examples/baby_cry.wav", folder)
        client = NotebookClient(notebook, kernel_name="python3", record_timing=False)
        client.execute(cwd=folder)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = _small(data["image/png"])
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec}
    nbformat.write(notebook, path)


def _small(png: str) -> str:
    image, small = Image.open(io.BytesIO(base64.b64decode(png))), io.BytesIO()
    image.convert("RGB").quantize(64).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode() + "\n"


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(FOLDER.glob("*.ipynb")):
        execute(Path(name))
