"""The pages of the public packages, which mkdocstrings fills."""

import ast
from pathlib import Path
from typing import Final

from scripts.docs_site import docstrings

__all__ = ["PACKAGES", "pages"]

#: Public packages of the namespace `vocalbaby`, by distribution.
PACKAGES: Final = {
    "core": (
        "inference",
        "audio",
        "annotations",
        "segmentation",
        "summary",
        "features",
        "models",
        "bundle",
        "corpora",
        "corpora.synthetic",
        "entity",
        "cloud",
        "exception",
        "logging",
    ),
    "corpus": (
        "corpus.archive",
        "corpus.engine",
        "corpus.agreement",
        "corpus.sampling",
        "corpus.estimation",
    ),
    "monitoring": ("monitoring",),
}
#: The modules of a package that programs use, where others also have an `__all__`.
_MODULES: Final = {
    "monitoring": ("metrics", "definitions", "prediction_log", "drift_result", "drift_status"),
}
#: Purposes of packages without a docstring of their own.
_PURPOSES: Final = {"monitoring": "Metrics, the prediction log, and results of the drift job."}

_HEAD: Final = """\
# Python

These pages describe the public functions and classes of each package, with examples. Most programs
need only `vocalbaby.inference`; [Use from Python](../../python.md) is the guide.

"""
#: The heading of the page is that of the package.
_WITHOUT_HEADING: Final = """\
    options:
      heading_level: 2
      show_root_heading: false
      show_root_toc_entry: false
"""


def pages() -> dict[str, str]:
    """Path -> text of the page of each package, and of their index."""
    made = {}
    lines = []
    for distribution, packages in PACKAGES.items():
        for package in packages:
            folder = Path(f"packages/{distribution}/src/vocalbaby", *package.split("."))
            made[f"reference/python/{package}.md"] = _page(package, folder)
            purpose = _PURPOSES.get(package) or _purpose(folder)
            lines.append(f"| [`vocalbaby.{package}`]({package}.md) | {purpose} |\n")
    index = f"{_HEAD}| package | purpose |\n| --- | --- |\n{''.join(lines)}"
    return {"reference/python/index.md": index} | made


def _page(package: str, folder: Path) -> str:
    name = f"vocalbaby.{package}"
    modules = [f"{name}.{module}" for module in _MODULES.get(package, ())] or [name]
    if modules == [name] and "__all__" not in _names(folder / "__init__.py"):
        modules = [
            f"{name}.{path.stem}"
            for path in sorted(folder.glob("*.py"))
            if "__all__" in _names(path)
        ]
    text = f"# `{name}`\n\n"
    if modules == [name]:
        return f"{text}::: {name}\n{_WITHOUT_HEADING}"
    purpose = _PURPOSES.get(package) or _purpose(folder)
    return f"{text}{purpose}\n\n" + "".join(
        f"::: {module}\n    options:\n      show_root_full_path: true\n\n" for module in modules
    )


def _names(path: Path) -> set[str]:
    """Names that a module assigns."""
    if not path.exists():
        return set()
    body = ast.parse(path.read_text("utf-8")).body
    return {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _purpose(folder: Path) -> str:
    """First line of the package's docstring."""
    path = folder / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) if path.exists() else ""
    return docstrings.markdown((text or "").partition("\n")[0])
