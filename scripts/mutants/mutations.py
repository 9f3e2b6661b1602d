"""The mutations of a source file, made by cosmic-ray."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# In the environment of 3rdparty/python/tools/mutants.txt only.
from cosmic_ray import plugins  # pants: no-infer-dep
from cosmic_ray.ast import ast_nodes, get_ast  # pants: no-infer-dep
from cosmic_ray.mutating import mutate_code  # pants: no-infer-dep

from scripts.mutants.sampling import Mutation

__all__ = ["apply", "mutations"]

#: Operators of cosmic-ray whose mutants a test could miss. The others replace an operator by one
#: that most operands do not have (`a + b` by `a << b`), which any test kills.
_OPERATORS: Final = re.compile(
    r"core/("
    r"ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul"
    r"|LShift_RShift|RShift_LShift|BitOr_BitAnd|BitAnd_BitOr|BitXor_BitOr)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Lt_Gt|Gt_Lt"
    r"|LtE_GtE|GtE_LtE|Is_IsNot|IsNot_Is)"
    r"|ReplaceUnaryOperator_(USub_UAdd|Delete_Not)"
    r"|AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd"
    r"|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer"
    r"|RemoveDecorator|ZeroIterationForLoop)"
)


Position = tuple[int, int]
Span = tuple[Position, Position]


def mutations(path: Path, source: str) -> Iterator[Mutation]:
    """Find every mutation of a file.

    Args:
        path: The file.
        source: Its text.
    """
    tree = ast.parse(source)
    without_effect, operators = _checked_by_types(tree), _binary_operators(tree)
    nodes = list(ast_nodes(get_ast(source)))
    for name in plugins.operator_names():
        if not _OPERATORS.fullmatch(name):
            continue
        operator = plugins.get_operator(name)()
        places = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(places):
            # cosmic-ray takes the `*` and `/` of signatures for operators.
            if "Binary" in name and not _in(start, operators):
                continue
            if not _in(start, without_effect):
                yield Mutation(path, start[0], start[1], name, occurrence)


def apply(mutation: Mutation, source: str) -> str:
    """Return the text of a file with one mutation.

    Args:
        mutation: The mutation.
        source: Text of the file.

    Raises:
        ValueError: The text does not have this mutation, or would no longer be Python.
    """
    operator = plugins.get_operator(mutation.operator)()
    mutated: str | None = mutate_code(source, operator, mutation.occurrence)
    if mutated is None:
        raise ValueError(f"{mutation} is not in the source")
    try:
        ast.parse(mutated)
    except SyntaxError as error:
        raise ValueError(f"{mutation} is not Python") from error
    return mutated


def _in(position: Position, spans: list[Span]) -> bool:
    return any(first <= position < last for first, last in spans)


def _begin(node: ast.expr) -> Position:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _binary_operators(tree: ast.AST) -> list[Span]:
    every = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    return [(_end(node.left), _begin(node.right)) for node in every]


def _checked_by_types(tree: ast.AST) -> list[Span]:
    # The type checker holds annotations, and `frozen` and `slots` of dataclasses.
    found: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.AnnAssign):
            found += [] if _bounds_a_field(node.annotation) else [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "dataclass":
            found += [one.value for one in node.keywords if one.arg in {"frozen", "slots"}]
    return [(_begin(one), _end(one)) for one in found if one is not None]


def _bounds_a_field(annotation: ast.expr) -> bool:
    # Pydantic and Typer read `Annotated[float, Field(ge=0)]`.
    names = (node.id for node in ast.walk(annotation) if isinstance(node, ast.Name))
    return "Annotated" in names
