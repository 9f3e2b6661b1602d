"""Extracts the schema of the current AWS provider from CDK Terrain bindings.

The Python package ``cdktn-provider-aws`` contains JavaScript that is generated from the provider's
schema, with the name, type and kind of every attribute. This module reads it as text and returns a
schema in Terraform's JSON format for the resources that are in use.
"""

import re
import tarfile
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

__all__ = ["names_in_use", "provider_schema", "provider_version"]

Schema = dict[str, Any]
#: A type in Terraform's JSON notation, e.g. ``"string"`` or ``["list", "string"]``.
Type = str | list[Any]

_STORAGE: Final[Mapping[str, Type]] = {
    "any": "dynamic",
    "boolean": "bool",
    "number": "number",
    "string": "string",
    **{
        f"{kind}{shape.title()}": [shape, {"any": "dynamic", "boolean": "bool"}.get(kind, kind)]
        for kind in ("any", "boolean", "number", "string")
        for shape in ("list", "map")
    },
    "stringListMap": ["map", ["list", "string"]],
}
_GETTERS: Final[Mapping[str, Type]] = {
    "AnyMap": ["map", "dynamic"],
    "Boolean": "bool",
    "List": ["list", "string"],
    "Number": "number",
    "NumberList": ["list", "number"],
    "String": "string",
    "StringMap": ["map", "string"],
}
_MAPS: Final[Mapping[str, Type]] = {
    f"{kind.title()}{shape.title()}": type_
    for kind in ("any", "boolean", "number", "string")
    for shape in ("list", "map")
    if (type_ := _STORAGE[f"{kind}{shape.title()}"])
}

_TABLE: Final = re.compile(r"function (\w+)ToHclTerraform\(struct\) \{(.*?)\n\}", re.DOTALL)
_CLASS: Final = re.compile(r"\nclass (\w+) extends cdktn\.(\w+) \{(.*?)\n\}\n", re.DOTALL)
_MAIN_TABLE: Final = re.compile(r"synthesizeHclAttributes\(\) \{(.*?)\n    \}\n", re.DOTALL)
_ROW: Final = re.compile(
    r"\n {8}(?: {4})?(\w+): \{\n\s+value: (.*?),\n\s+isBlock: (true|false),"
    r"\n\s+type: \"(\w+)\",\n\s+storageClassType: \"(\w+)\""
)
_ATTRIBUTE: Final = re.compile(
    r"\n    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)\n"
)
_NESTED: Final = re.compile(r"= new (?:cdktn\.)?(\w+)\(this, \"\w+\"(?:, (true|false))?\)")
#: The file that describes the provider block.
_PROVIDER: Final = "package/lib/provider/index.js"
_IN_USE: Final = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.MULTILINE)


class _Row(NamedTuple):
    """A row that the bindings write for an attribute that can be set."""

    value: str
    is_block: bool
    shape: str
    storage: str


class _Module:
    """A generated file: a resource, a data source or the provider."""

    def __init__(self, text: str) -> None:
        self._text = text.split("//# sourceMappingURL", maxsplit=1)[0]

    @cached_property
    def classes(self) -> dict[str, tuple[str, str]]:
        """Base class and body by class name."""
        return {name: (base, body) for name, base, body in _CLASS.findall(self._text)}

    @cached_property
    def tables(self) -> dict[str, dict[str, _Row]]:
        """Attributes that can be set, by structure name."""
        return {name: _rows(body) for name, body in _TABLE.findall(self._text)}

    def block(self) -> Schema:
        """Return the schema of the file's outermost block."""
        bases = ("TerraformResource", "TerraformDataSource", "TerraformProvider")
        (name,) = (name for name, (base, _) in self.classes.items() if base in bases)
        body = self.classes[name][1]
        found = _MAIN_TABLE.search(body + "\n    }\n")
        return self._block(body, _rows(found[1]) if found else {}, ())

    def _block(self, body: str, rows: Mapping[str, _Row], seen: tuple[str, ...]) -> Schema:
        made: Schema = {"attributes": {}, "block_types": {}}
        parts = _ATTRIBUTE.split(body)[1:]
        for name, *flags, chunk in zip(*(parts[i::5] for i in range(5)), strict=True):
            computed, optional, required = (flag == "true" for flag in flags)
            flagged = {"computed": computed, "optional": optional, "required": required}
            nested = _NESTED.search(chunk)
            inner = self._inner(nested, seen) if nested else None
            row = rows.get(name)
            if row is None:
                made["attributes"][name] = flagged | {"type": _read_type(chunk, nested, inner)}
            elif inner is not None:
                self._nest(made, name, row, inner, flagged)
            elif row.is_block and (table := self.tables.get(_stem(row.storage))):
                flat = {"attributes": {key: _settable(item) for key, item in table.items()}}
                self._nest(made, name, row, flat | {"block_types": {}}, flagged)
            else:
                made["attributes"][name] = flagged | {"type": _row_type(row)}
        return made

    def _inner(self, nested: re.Match[str], seen: tuple[str, ...]) -> Schema | None:
        """Return the schema of a nested structure if the file defines it without recursion."""
        reference = re.sub(r"(List|Map|OutputReference)$", "", nested[1]) + "OutputReference"
        if reference not in self.classes or reference in seen:
            return None
        table = self.tables.get(_stem(reference.removesuffix("OutputReference")), {})
        return self._block(self.classes[reference][1], table, (*seen, reference))

    @staticmethod
    def _nest(made: Schema, name: str, row: _Row, inner: Schema, flagged: Schema) -> None:
        mode = {"list": "list", "map": "map", "set": "set", "struct": "single"}[row.shape]
        if row.is_block and not re.match(r"cdktn\.listMapperHcl\(\w+, false\)", row.value):
            made["block_types"][name] = {
                "nesting_mode": mode,
                "block": inner,
                "min_items": int(flagged["required"]),
            }
        else:
            whole = _object(inner)
            made["attributes"][name] = flagged | {
                "type": whole if mode == "single" else [mode, whole]
            }


def _rows(text: str) -> dict[str, _Row]:
    return {
        name: _Row(value, is_block == "true", shape, storage)
        for name, value, is_block, shape, storage in _ROW.findall(text)
    }


def _stem(name: str) -> str:
    short = re.sub(r"(List|Map)$", "", name)
    return short[0].lower() + short[1:]


def _row_type(row: _Row) -> Type:
    kind = _STORAGE.get(row.storage, "dynamic")
    return ["set", kind[1]] if row.shape == "set" and isinstance(kind, list) else kind


def _settable(row: _Row) -> Schema:
    return {"type": _row_type(row), "optional": True, "required": False, "computed": False}


def _read_type(chunk: str, nested: re.Match[str] | None, inner: Schema | None) -> Type:
    """Derive the type of a read-only attribute from how the bindings read it."""
    if nested and inner is not None:
        whole = _object(inner)
        if nested[1].endswith("List"):
            return ["set" if nested[2] == "true" else "list", whole]
        return ["map", whole] if nested[1].endswith("Map") else whole
    if nested:
        return _MAPS.get(nested[1], "dynamic")
    getter = re.search(r"this\.get(\w+)Attribute\('", chunk)
    kind = _GETTERS.get(getter[1], "dynamic") if getter else "dynamic"
    if "cdktn.Fn.tolist" in chunk:
        return ["set", kind[1] if isinstance(kind, list) else "string"]
    return kind


def _object(block: Schema) -> Type:
    fields = {name: attribute["type"] for name, attribute in block["attributes"].items()}
    for name, nested in block["block_types"].items():
        whole, mode = _object(nested["block"]), nested["nesting_mode"]
        fields[name] = whole if mode == "single" else [mode, whole]
    return ["object", fields]


def names_in_use(folder: Path) -> set[tuple[str, str]]:
    """Return every ``(resource or data, type)`` in the Terraform files below a folder."""
    return {
        found for path in folder.rglob("*.tf") for found in _IN_USE.findall(path.read_text("utf-8"))
    }


def provider_version() -> str:
    """Return the version of the provider that the bindings were generated from."""
    ((_, text),) = _sources([_PROVIDER])
    found = re.search(r"/providers/hashicorp/aws/([\d.]+)/docs", text)
    if found is None:
        raise ValueError(
            "cdktn-provider-aws does not name the provider version it was generated from"
        )
    return found[1]


def provider_schema(names: Iterable[tuple[str, str]]) -> Schema:
    """Build the schema of the provider and of the named resources and data sources.

    Args:
        names: Pairs as returned by :func:`names_in_use`. Names that the provider does not have
            are left out, so that Terraform reports them.

    Returns:
        ``{"provider": block, "resource": {type: block}, "data": {type: block}}``.
    """
    wanted = {_PROVIDER: ("provider", "aws")}
    for kind, name in names:
        short = name.removeprefix("aws_").replace("_", "-")
        folder = short if kind == "resource" else f"data-aws-{short}"
        wanted[f"package/lib/{folder}/index.js"] = (kind, name)
    made: Schema = {"provider": None, "resource": {}, "data": {}}
    for path, text in _sources(wanted):
        kind, name = wanted[path]
        block = _Module(text).block()
        if kind == "provider":
            block["attributes"].pop("alias", None)
            made["provider"] = block
        else:
            made[kind][name] = block
    return made


def _sources(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield path and text of the named files of the bindings that exist."""
    wanted = set(paths)
    # Importing the package would start Node.js.
    spec = find_spec("cdktn_provider_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cdktn-provider-aws is not installed")
    (archive,) = Path(spec.origin).parent.glob("_jsii/*.jsii.tgz")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name in wanted and (stream := tar.extractfile(member)) is not None:
                yield member.name, stream.read().decode()
