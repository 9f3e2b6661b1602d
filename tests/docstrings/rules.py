"""What the docstring of a public name must have."""

import ast
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from types import FunctionType, ModuleType
from typing import Any, Final

from pydantic import BaseModel

from tests.docstrings.sections import sections

__all__ = ["missing"]

#: Errors of the programmer, and of a caller who breaks a protocol.
_NOT_DOCUMENTED: Final = {"AssertionError", "NotImplementedError", "AttributeError"}
_SHAPE: Final = re.compile(r"shape|\(n|\(\d|\(\.\.\.")
_DTYPE: Final = re.compile(r"float|int\d|intp|bool|[Ff]loating|structured|objects|datetime64")
_STATES_RESULT: Final = re.compile(r"(Return|Yield|Whether)\b")
_ROLE: Final = re.compile(r":(func|class|meth|mod|attr|data):`")


def missing(module: ModuleType, name: str) -> list[str]:
    """List what the docstrings of a public name and of its methods lack.

    Args:
        module: The module that publishes it.
        name: Its name.

    Returns:
        One phrase for each thing that is missing; none if the docstrings are complete.
    """
    value = vars(module).get(name)  # a module may create others on first use
    if inspect.isclass(value) and not typing.get_origin(value):
        shown = any(_is_part(value, other) for other in vars(module).values())
        return [f"{name}{found}" for found in _of_class(value, shown=shown)]
    if inspect.isroutine(value):
        return [f"{name}{found}" for found in _of_function(value, example=True)]
    return [] if _has_comment(module, name) else [f"{name}: a comment that begins with #:"]


def _is_part(cls: type, other: object) -> bool:
    """Whether a class is a type of fields of another one, whose example shows it."""
    return (
        inspect.isclass(other)
        and is_dataclass(other)
        and ">>>" in _own_doc(other)
        and any(re.search(rf"\b{cls.__name__}\b", str(each)) for _, each in _fields(other))
    )


def _of_class(cls: type, *, shown: bool) -> Iterator[str]:
    doc = _own_doc(cls)
    if not doc:
        yield ": a docstring"
        return
    yield from _of_text(doc)
    is_error = issubclass(cls, BaseException)
    if ">>>" not in doc and not shown and not (is_error and _base_has_example(cls)):
        yield ": an example"
    described = sections(doc)
    entries = described.get("Attributes", {}) | described.get("Args", {})
    for field, annotation in _fields(cls):
        if field not in entries:
            yield f": {field} among the attributes"
        else:
            yield from _of_array(f": {field}", annotation, entries[field])
    for name in ("__init__", "__post_init__"):
        made = cls.__dict__.get(name)
        if isinstance(made, FunctionType) and typing.Protocol not in cls.__bases__:
            yield from _undocumented(made, described.get("Raises", {}))
    for method, function in _methods(cls):
        yield from (f".{method}{found}" for found in _of_function(function, example=False))


def _base_has_example(cls: type) -> bool:
    """Whether a class says when it is raised, and a base of it shows how to handle it."""
    return any(">>>" in _own_doc(base) for base in cls.__mro__[1:-1])


def _of_function(function: Callable[..., Any] | property, *, example: bool) -> Iterator[str]:
    doc = inspect.getdoc(function) or ""
    if not doc:
        yield ": a docstring"
        return
    yield from _of_text(doc)
    if example and ">>>" not in doc:
        yield ": an example"
    if isinstance(function, property):
        return
    described = sections(doc)
    entries = described.get("Args", {})
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        if parameter.name in {"self", "cls"} or parameter.name.startswith("_"):
            continue
        if parameter.name not in entries:
            yield f": {parameter.name} among the arguments"
        else:
            yield from _of_array(
                f": {parameter.name}", parameter.annotation, entries[parameter.name]
            )
    result = described.get("Returns", described.get("Yields", {})).get("", "")
    if not result and _STATES_RESULT.match(doc):
        result = doc
    if signature.return_annotation not in {None, "None", inspect.Signature.empty}:
        if not result:
            yield ": what it returns"
        else:
            yield from _of_array(": the result", signature.return_annotation, result)
    yield from _undocumented(inspect.unwrap(function), described.get("Raises", {}))


def _undocumented(function: Callable[..., Any], documented: dict[str, str]) -> Iterator[str]:
    """Yield the errors that a function raises and its documentation does not name."""
    for error in dict.fromkeys(_raised(function)):
        names = {base.__name__ for base in error.__mro__} - {"Exception", "BaseException"}
        if not names & (set(documented) | _NOT_DOCUMENTED):
            yield f": {error.__name__} among the errors"


def _of_text(doc: str) -> Iterator[str]:
    if role := _ROLE.search(doc):
        yield f": Markdown instead of {role[0]}"
    if re.search(r"^\s*Example:", doc, re.MULTILINE):
        yield ": the heading Examples instead of Example"
    if not re.match(r".*[.:]$", doc.split("\n\n", maxsplit=1)[0].replace("\n", " ")):
        yield ": a first sentence with a full stop"


def _of_array(what: str, annotation: object, text: str) -> Iterator[str]:
    """Demand the shape and dtype of an array."""
    if re.match(r"(numpy\.)?(NDArray|ndarray)\b", str(annotation)):
        if not _SHAPE.search(text):
            yield f"{what}: its shape"
        if not _DTYPE.search(text):
            yield f"{what}: its dtype"


def _own_doc(cls: type) -> str:
    doc = cls.__dict__.get("__doc__") or ""
    generated = is_dataclass(cls) and doc.startswith(f"{cls.__name__}(")
    return "" if generated else inspect.cleandoc(doc)


def _fields(cls: type) -> Iterator[tuple[str, object]]:
    """Yield the names and annotations of what a class is made of."""
    if issubclass(cls, BaseModel):
        fields, inherited = cls.model_fields, getattr(cls.__base__, "model_fields", {})
        for name, field in fields.items():
            if name not in inherited and not field.description:
                yield name, field.annotation
    elif is_dataclass(cls):
        own = cls.__dataclass_fields__.values()
        yield from ((field.name, field.type) for field in own if not field.name.startswith("_"))
    elif (
        isinstance(init := cls.__dict__.get("__init__"), FunctionType)
        and typing.Protocol not in cls.__bases__
    ):
        parameters = list(inspect.signature(init).parameters.values())[1:]
        yield from ((each.name, each.annotation) for each in parameters)


def _methods(cls: type) -> Iterator[tuple[str, FunctionType | property]]:
    for name, member in vars(cls).items():
        plain = getattr(member, "__func__", member)  # of a class method or static method
        if not name.startswith("_") and isinstance(plain, FunctionType | property):
            yield name, plain


def _raised(function: Callable[..., Any]) -> Iterator[type[BaseException]]:
    """Yield the errors that the body of a function raises by name, or by a function of errors."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except OSError:  # generated by dataclasses
        return
    names = getattr(function, "__globals__", {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            called = node.exc.func
            raised = names.get(called.id) if isinstance(called, ast.Name) else None
            if inspect.isfunction(raised):
                raised = typing.get_type_hints(raised).get("return")
            if inspect.isclass(raised) and issubclass(raised, BaseException):
                yield raised
            elif isinstance(called, ast.Name) and isinstance(
                known := getattr(__import__("builtins"), called.id, None), type
            ):
                yield known


def _has_comment(module: ModuleType, name: str) -> bool:
    """Whether a comment `#:` stands above the assignment of a constant, where it is defined."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and name in {a.asname or a.name for a in node.names}:
            original = next(a.name for a in node.names if (a.asname or a.name) == name)
            found = __import__(str(node.module), fromlist=["x"])
            return _has_comment(found, original)
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            above = lines[: node.lineno - 1]
            while above and above[-1].startswith("# "):
                above.pop()
            return bool(above) and above[-1].startswith("#:")
    return False
