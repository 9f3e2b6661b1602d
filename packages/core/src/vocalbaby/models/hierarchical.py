"""The model kind ``hierarchical``: a tree of models, each of which decides between its branches.

A branch of a node is a class or a further node. The model of a node gives margins of its branches,
``margins / temperature + bias`` are its logits, and their softmax is the probability of each branch
among those of the node.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from vocalbaby.exception import BundleError
from vocalbaby.models.classifier import Classifier, checked_rows

__all__ = ["KIND", "LOWEST", "OUTSIDE", "PART", "Hierarchical", "Hierarchy", "Node", "to_parts"]

#: Name of the kind in bundle manifests.
KIND: Final = "hierarchical"

#: The part that lists the nodes; each part of a node's model is called ``<node>.<part>``.
PART: Final = "hierarchy.json"

#: Margin of the classes that hard routing excludes. Their probability is exactly 0 for every
#: temperature that a calibration can have.
OUTSIDE: Final = -1e5

#: Lowest margin of other classes.
LOWEST: Final = -1e4

_MAX_BYTES: Final = 2**20
_MAX_NODES: Final = 32

Load = Callable[[str, Mapping[str, bytes]], Classifier]
_NodeName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,30}$")]
_ClassIndex = Annotated[StrictInt, Field(ge=0, lt=100)]
_Bias = Annotated[float, Field(ge=-1e3, le=1e3)]


class Node(BaseModel):
    """A node, as ``hierarchy.json`` lists it.

    Attributes:
        name: Unique name, with which the names of its parts begin.
        kind: Kind of its model; not a hierarchy again.
        first_column: First of its columns among those of the hierarchy.
        n_columns: Number of its columns.
        temperature: Positive scale of the margins of its model.
        bias: One offset per branch.
        branches: What each output of its model stands for: the index of a class, or the name of
            a node that is listed after this one.

    Examples:
        >>> Node(
        ...     name="root", kind="mlp", first_column=0, n_columns=105, temperature=1.2,
        ...     bias=(0.0, 0.1), branches=("emotional", 4),
        ... ).branches
        ('emotional', 4)
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    name: _NodeName
    kind: str = Field(max_length=40)
    first_column: int = Field(ge=0, le=100_000)
    n_columns: int = Field(ge=1, le=100_000)
    temperature: float = Field(ge=1e-3, le=1e3)
    bias: tuple[_Bias, ...] = Field(min_length=2, max_length=100)
    branches: tuple[_ClassIndex | _NodeName, ...] = Field(min_length=2, max_length=100)


class Hierarchy(BaseModel):
    """The content of ``hierarchy.json``.

    Attributes:
        routing: ``soft`` multiplies the probabilities along the path to a class; ``hard`` follows
            only the most probable branch.
        n_columns: Number of columns of the input.
        nodes: The nodes; the first one is the root, and each is listed before those beneath it.

    Examples:
        >>> node = {"kind": "mlp", "first_column": 0, "n_columns": 3, "temperature": 1}
        >>> hierarchy = Hierarchy(
        ...     routing="soft",
        ...     n_columns=3,
        ...     nodes=(
        ...         Node(name="root", bias=(0, 0), branches=("infant", 2), **node),
        ...         Node(name="infant", bias=(0, 0), branches=(0, 1), **node),
        ...     ),
        ... )
        >>> hierarchy.n_classes
        3
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    routing: Literal["soft", "hard"]
    n_columns: int = Field(ge=1, le=100_000)
    nodes: tuple[Node, ...] = Field(min_length=1, max_length=_MAX_NODES)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return sum(isinstance(branch, int) for node in self.nodes for branch in node.branches)


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchical:
    """A hierarchy of models, ready to evaluate.

    Attributes:
        n_features: Number of columns.
        n_classes: Number of classes.

    Examples:
        >>> class Sign:  # says whether the column is positive
        ...     n_features, n_classes = 1, 2
        ...
        ...     def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        ...         return np.concatenate([x, -x], axis=1)
        >>> node = {"kind": "sign", "first_column": 0, "n_columns": 1, "temperature": 1}
        >>> nodes = [
        ...     Node(name="root", bias=(0, 0), branches=("infant", 2), **node),
        ...     Node(name="infant", bias=(0, 0), branches=(0, 1), **node),
        ... ]
        >>> parts = to_parts("soft", 1, nodes, [{"sign.json": b""}] * 2)
        >>> model = Hierarchical.from_parts(parts, lambda kind, parts: Sign())
        >>> np.exp(model.margins(np.zeros((1, 1), np.float32))).tolist()
        [[0.25, 0.25, 0.5]]
    """

    n_features: int
    n_classes: int
    _routing: str
    _nodes: Sequence[tuple[Node, Classifier]]

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes], load: Load) -> Self:
        """Build the hierarchy from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.
            load: Builds the model of a node from its kind and its parts.

        Returns:
            The hierarchy.

        Raises:
            BundleError: Parts are missing, unexpected or not valid, a node is a hierarchy again,
                the nodes are not a tree, or a model does not fit its node.
        """
        hierarchy = _read(parts)
        loaded = []
        for node in hierarchy.nodes:
            if node.kind == KIND:
                raise BundleError(f"The node '{node.name}' of a hierarchy is a hierarchy.")
            own = f"{node.name}."
            named = {n.removeprefix(own): data for n, data in parts.items() if n.startswith(own)}
            model = load(node.kind, named)
            if (model.n_features, model.n_classes) != (node.n_columns, len(node.branches)):
                raise BundleError(
                    f"The node '{node.name}' is for {node.n_columns} columns and "
                    f"{len(node.branches)} branches, its model for {model.n_features} and "
                    f"{model.n_classes}."
                )
            loaded.append((node, model))
        return cls(hierarchy.n_columns, hierarchy.n_classes, hierarchy.routing, loaded)

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the logarithms of the probabilities of the classes.

        With hard routing, the most probable branch of each node is followed as long as it leads
        to a further node. The classes of the last node keep their shares; all others
        get the margin `OUTSIDE`, so their probability is 0.

        Args:
            x: float32, shape (n, n_features).

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        x = checked_rows(x, self.n_features)
        found = np.empty((len(x), self.n_classes))
        root = self._nodes[0][0].name
        paths = {root: np.zeros(len(x))}
        followed = {root: np.ones(len(x), np.bool_)}
        for node, model in self._nodes:
            own = x[:, node.first_column : node.first_column + node.n_columns]
            logs = _log_softmax(model.margins(own) / np.float64(node.temperature) + node.bias)
            best = logs.argmax(axis=1)
            at_class = np.array([isinstance(branch, int) for branch in node.branches])[best]
            for number, branch in enumerate(node.branches):
                path = np.maximum(paths[node.name] + logs[:, number], LOWEST)
                here = at_class if isinstance(branch, int) else best == number
                here = followed[node.name] & here
                if isinstance(branch, str):
                    paths[branch], followed[branch] = path, here
                elif self._routing == "hard":
                    found[:, branch] = np.where(here, path, OUTSIDE)
                else:
                    found[:, branch] = path
        return found.astype(np.float32)


def to_parts(
    routing: Literal["soft", "hard"],
    n_columns: int,
    nodes: Sequence[Node],
    parts: Sequence[Mapping[str, bytes]],
) -> dict[str, bytes]:
    """Return the parts of a hierarchy's bundle by name.

    Args:
        routing: ``soft`` or ``hard``.
        n_columns: Number of columns of the input.
        nodes: The nodes, each before those beneath it.
        parts: The parts of each node's model.

    Examples:
        >>> node = Node(
        ...     name="root", kind="mlp", first_column=0, n_columns=3, temperature=1, bias=(0, 0),
        ...     branches=(0, 1),
        ... )
        >>> sorted(to_parts("hard", 3, [node], [{"mlp.json": b"{}"}]))
        ['hierarchy.json', 'root.mlp.json']
    """
    hierarchy = Hierarchy(routing=routing, n_columns=n_columns, nodes=tuple(nodes))
    found = {PART: (hierarchy.model_dump_json(indent=1) + "\n").encode()}
    for node, own in zip(nodes, parts, strict=True):
        found |= {f"{node.name}.{name}": data for name, data in own.items()}
    return found


def _log_softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the softmax of each row, to the bit the same in any batch."""
    scores = np.ascontiguousarray(scores - scores.max(axis=1, keepdims=True))
    # The columns are added one by one, so that the order does not depend on the number of rows.
    weights, total = np.exp(scores), np.zeros(len(scores))
    for number in range(scores.shape[1]):
        total += weights[:, number]
    logs: NDArray[np.float64] = scores - np.log(total)[:, np.newaxis]
    return logs


def _read(parts: Mapping[str, bytes]) -> Hierarchy:
    if PART not in parts:
        raise BundleError(
            f"A model of the kind {KIND} has the part {PART}, not only {sorted(parts)[:5]}.",
            hint="Fetch or train the model again.",
        )
    if len(parts[PART]) > _MAX_BYTES:
        raise BundleError(f"{PART} has {len(parts[PART])} bytes; {_MAX_BYTES} are the limit.")
    try:
        hierarchy = Hierarchy.model_validate_json(parts[PART])
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise BundleError(f"{PART} is not valid: {place}: {problem['msg']}.") from error
    _check_tree(hierarchy)
    owned = {PART, *(n for n in parts for node in hierarchy.nodes if n.startswith(f"{node.name}."))}
    if extra := sorted({*parts} - owned):
        raise BundleError(f"No node of the hierarchy has the parts {extra[:5]}.")
    return hierarchy


def _check_tree(hierarchy: Hierarchy) -> None:
    """Raise an exception unless every node but the first, and every class, has one place."""
    names = [node.name for node in hierarchy.nodes]
    if len(set(names)) < len(names) or PART.split(".", 1)[0] in names:
        raise BundleError(f"{PART} names a node twice, or 'hierarchy': {names}.")
    placed, classes = {names[0]}, []
    for node in hierarchy.nodes:
        if node.name not in placed:
            raise BundleError(f"No node before '{node.name}' of {PART} has it as a branch.")
        if len(node.bias) != len(node.branches):
            raise BundleError(f"The node '{node.name}' of {PART} needs one bias per branch.")
        if node.first_column + node.n_columns > hierarchy.n_columns:
            raise BundleError(f"The columns of the node '{node.name}' of {PART} do not exist.")
        for branch in node.branches:
            if isinstance(branch, int):
                classes.append(branch)
            elif branch in placed or branch not in names:
                raise BundleError(f"The branch '{branch}' of {PART} is unknown or has two places.")
            else:
                placed.add(branch)
    if sorted(classes) != list(range(len(classes))):
        raise BundleError(f"{PART} does not have each class in one place: {sorted(classes)}.")
