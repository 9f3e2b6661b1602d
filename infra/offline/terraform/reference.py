"""Writes the README.md of each part of the Terraform code.

A page describes the part, shows an example and lists the variables and outputs:

    ./pants run infra/offline/terraform/reference.py

The module relies on the layout that ``terraform fmt`` produces and reads the files as text.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["main", "parts", "reference"]

#: Relative to the root of the repository, because Pants runs a copy of this file.
ROOT: Final = Path("infra/terraform")
_BLOCK: Final = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"^  (\w+) += (.*?)(?=^  \w|\Z)", re.MULTILINE | re.DOTALL)
_RULE: Final = re.compile(r'^    error_message = "(.*)"$', re.MULTILINE)
_COMMENT: Final = re.compile(r"\A(?:#.*\n)+")


class _Item(NamedTuple):
    """A variable or an output."""

    name: str
    attributes: dict[str, str]
    rules: tuple[str, ...]

    @property
    def description(self) -> str:
        """The description, followed by the validation rules of a variable."""
        rules = [rule.removeprefix(f"{self.name} ") for rule in self.rules]
        bounds = [_unquote(f"{rule[0].upper()}{rule[1:]}") for rule in rules]
        return " ".join((_unquote(self.attributes["description"].strip('"')), *bounds))


def parts() -> list[Path]:
    """Return the folders that get a page: modules, stack, environments and bootstrap."""
    folders = [*ROOT.glob("modules/*"), *ROOT.glob("envs/*"), ROOT / "stack", ROOT / "bootstrap"]
    return sorted(folder for folder in folders if (folder / "main.tf").exists())


def reference(folder: Path) -> str:
    """Render the page of one part.

    Raises:
        ValueError: A variable or an output has no description.
    """
    main_file = (folder / "main.tf").read_text("utf-8")
    comment = _COMMENT.match(main_file)
    lines = [
        f"# {folder.name}",
        "",
        "<!-- Written by ./pants run infra/offline/terraform/reference.py -->",
        "",
    ]
    if comment:
        lines += [line.removeprefix("#").strip() for line in comment[0].splitlines()] + [""]
    example = folder / "examples/basic/main.tf"
    if example.exists():
        lines += ["## Example", "", "```hcl", example.read_text("utf-8").rstrip(), "```", ""]
    lines += [
        "## Variables",
        "",
        "| name | type | default | description |",
        "| --- | --- | --- | --- |",
    ]
    for item in _items(folder / "variables.tf"):
        type_, default = (_code(item.attributes.get(key)) for key in ("type", "default"))
        lines.append(f"| `{item.name}` | {type_} | {default or 'required'} | {item.description} |")
    lines += ["", "## Outputs", "", "| name | description |", "| --- | --- |"]
    lines += [f"| `{item.name}` | {item.description} |" for item in _items(folder / "outputs.tf")]
    return "\n".join(lines) + "\n"


def _items(path: Path) -> Iterator[_Item]:
    for _, name, body in _BLOCK.findall(path.read_text("utf-8")):
        attributes = {key: value.strip() for key, value in _ATTRIBUTE.findall(body)}
        if "description" not in attributes:
            raise ValueError(f"{path}: {name} has no description")
        yield _Item(name, attributes, tuple(_RULE.findall(body)))


def _code(text: str | None) -> str:
    """Format code for a table cell, on one line."""
    if text is None:
        return ""
    line = re.sub(r"\s+", " ", re.sub(r"(?<=[^{(\[])\n +(?=\w)", ", ", text))
    return "`" + re.sub(r" +=", " =", line).replace("|", "\\|") + "`"


def _unquote(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\").replace("|", "\\|").replace("<", "&lt;")


def main() -> int:
    """Write every page that is out of date, and print its path."""
    for folder in parts():
        page, text = folder / "README.md", reference(folder)
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")
            sys.stdout.write(f"written: {page}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
