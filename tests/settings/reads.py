"""Which fields of which classes the code reads, by the types of its expressions.

The types are approximate: the classes that an annotation mentions, so that the items of a list
have those of the list.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Code"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_VALIDATORS = {"field_validator", "model_validator"}


@dataclass
class _Class:
    bases: set[str]
    fields: dict[str, ast.expr] = field(default_factory=dict)
    returns: dict[str, ast.expr | None] = field(default_factory=dict)


class Code:
    """The modules of a program.

    Args:
        modules: Their syntax trees.
    """

    def __init__(self, modules: Iterable[ast.Module]) -> None:
        self._modules = list(modules)
        self._classes: dict[str, _Class] = {}
        self._functions: dict[str, ast.expr | None] = {}
        self._aliases: dict[str, ast.expr] = {}
        for module in self._modules:
            for node in module.body:
                self._declare(node)
        self._named: dict[str, ast.expr] = {}
        self.read: set[tuple[str, str]] = set()
        self.loaded: set[str] = set()
        for module in self._modules:
            self._visit(module, {}, None)

    def settings(self) -> set[tuple[str, str]]:
        """Class and name of each field of the models that are loaded, and of those in them."""
        found: set[tuple[str, str]] = set()
        waiting = sorted(self.loaded)
        while waiting:
            name = waiting.pop()
            for key, annotation in self._fields(name).items():
                if (name, key) not in found:
                    found.add((name, key))
                    waiting += [c for c in self._mentioned(annotation) if self._is_strict(c)]
        return found

    def _declare(self, node: ast.stmt) -> None:
        if isinstance(node, ast.ClassDef):
            known = _Class({ast.unparse(base).partition("[")[0] for base in node.bases})
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    known.fields[part.target.id] = part.annotation
                elif isinstance(part, _Function):
                    known.returns[part.name] = part.returns
            self._classes[node.name] = known
        elif isinstance(node, _Function):
            self._functions[node.name] = node.returns
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self._aliases[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            self._aliases[node.target.id] = node.value

    def _fields(self, name: str) -> dict[str, ast.expr]:
        if name not in self._classes:
            return {}
        known = self._classes[name]
        inherited = [self._fields(base) for base in known.bases]
        return {key: each for one in [*inherited, known.fields] for key, each in one.items()}

    def _owner(self, name: str, key: str) -> str | None:
        """The class, of this one and its bases, that has a field."""
        known = self._classes.get(name)
        if known is None or key in known.fields:
            return name if known else None
        return next((found for base in known.bases if (found := self._owner(base, key))), None)

    def _is_strict(self, name: str) -> bool:
        known = self._classes.get(name)
        return name == "StrictModel" or bool(
            known and any(self._is_strict(base) for base in known.bases)
        )

    def _mentioned(self, annotation: ast.expr | None, depth: int = 3) -> set[str]:
        """The classes that an annotation names, also through an alias or in quotes."""
        found: set[str] = set()
        for node in ast.walk(annotation) if annotation else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and depth:
                try:
                    found |= self._mentioned(ast.parse(node.value, mode="eval").body, depth - 1)
                except SyntaxError:
                    continue
            name = node.id if isinstance(node, ast.Name) else ""
            name = node.attr if isinstance(node, ast.Attribute) else name
            if name in self._classes:
                found.add(name)
            elif name in self._aliases and depth:
                found |= self._mentioned(self._aliases[name], depth - 1)
        return found

    def _visit(self, scope: ast.AST, outer: dict[str, set[str]], cls: str | None) -> None:
        types = dict(outer)
        if isinstance(scope, _Function):
            arguments = scope.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                types[argument.arg] = self._mentioned(argument.annotation)
            if cls and arguments.args and arguments.args[0].arg in ("self", "cls"):
                types[arguments.args[0].arg] = {cls}
        nodes = list(_own(scope))
        for _ in range(2):  # a name may be used above the line that gives its type
            for node in nodes:
                self._bind(node, types)
        for node in nodes:
            self._mark(node, types)
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                self._visit(node, types, node.name)
            elif isinstance(node, _Function) and not _is_validator(node):
                self._visit(node, types, cls)

    def _bind(self, node: ast.AST, types: dict[str, set[str]]) -> None:
        pairs: list[tuple[ast.expr, ast.expr | None]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
            self._named |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.NamedExpr | ast.AugAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.For | ast.comprehension):
            pairs = [(node.target, node.iter)]
        elif isinstance(node, ast.withitem) and node.optional_vars:
            pairs = [(node.optional_vars, node.context_expr)]
        elif isinstance(node, ast.Lambda):
            pairs = [(ast.Name(each.arg), None) for each in node.args.args]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            types.setdefault(node.target.id, set()).update(self._mentioned(node.annotation))
        for target, value in pairs:
            found = self._types(value, types) if value else set()
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    types[name.id] = types.get(name.id, set()) | found

    def _types(self, node: ast.expr, types: dict[str, set[str]]) -> set[str]:
        if isinstance(node, ast.Name):
            if node.id in types:
                return types[node.id]
            return {node.id} if node.id in self._classes else set()
        if isinstance(node, ast.Attribute):
            return self._of_member(self._types(node.value, types), node.attr)
        if isinstance(node, ast.Call):
            return self._of_call(node, types)
        if isinstance(node, ast.Lambda | ast.Constant):
            return set()
        parts = (part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
        return {name for part in parts for name in self._types(part, types)}

    def _of_member(self, owners: set[str], key: str) -> set[str]:
        found: set[str] = set()
        for owner in owners:
            known = self._classes.get(owner, _Class(set()))
            annotation = self._fields(owner).get(key) or known.returns.get(key)
            found |= self._mentioned(annotation)
        return found

    def _of_call(self, node: ast.Call, types: dict[str, set[str]]) -> set[str]:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else ""
        if name == "load_config":
            models = self._types(node.args[1], types)
            self.loaded |= {model for model in models if self._is_strict(model)}
            return models
        if name in self._classes:
            return {name}
        if name in self._functions:
            return self._mentioned(self._functions[name])
        if isinstance(function, ast.Attribute):
            owners = self._types(function.value, types)
            found = self._of_member(owners, function.attr)
            if not (found or owners) and function.attr in self._functions:
                return self._mentioned(self._functions[function.attr])
            return found or owners
        return {c for value in node.args for c in self._types(value, types)}

    def _mark(self, node: ast.AST, types: dict[str, set[str]]) -> None:
        if isinstance(node, ast.Call):
            self._of_call(node, types)
            self._mark_dumped(node, types)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            for name in self._types(node.value, types):
                self._note(name, node.attr)

    def _mark_dumped(self, node: ast.Call, types: dict[str, set[str]]) -> None:
        """`x.model_dump(include=...)` reads fields, as `f(**x.model_dump(exclude=...))` does."""
        if _is_dump(node):
            for keyword in node.keywords:
                if keyword.arg == "include":
                    kept = self._literals(keyword.value)
                    self._note_all(node, types, kept)
        whole = [each.value for each in node.keywords if each.arg is None]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "model_validate":
            whole += node.args
        for call in whole:
            if isinstance(call, ast.Call) and _is_dump(call):
                left = {key for each in call.keywords for key in self._literals(each.value)}
                keys = {key for known in self._classes.values() for key in known.fields}
                self._note_all(call, types, keys - left)

    def _literals(self, node: ast.expr) -> set[str]:
        given = self._named.get(node.id, node) if isinstance(node, ast.Name) else node
        constants = (each.value for each in ast.walk(given) if isinstance(each, ast.Constant))
        return {value for value in constants if isinstance(value, str)}

    def _note_all(self, call: ast.Call, types: dict[str, set[str]], keys: Iterable[str]) -> None:
        if isinstance(call.func, ast.Attribute):
            for name in self._types(call.func.value, types):
                for key in keys:
                    self._note(name, key)

    def _note(self, name: str, key: str) -> None:
        owner = self._owner(name, key)
        if owner and key in self._classes[owner].fields:
            self.read |= {(name, key), (owner, key)}


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, and the classes and functions in it, but not their nodes."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, ast.ClassDef | _Function):
            yield from _own(child)


def _is_validator(function: _Function) -> bool:
    return any(
        isinstance(each, ast.Call) and ast.unparse(each.func) in _VALIDATORS
        for each in function.decorator_list
    )


def _is_dump(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "model_dump"
