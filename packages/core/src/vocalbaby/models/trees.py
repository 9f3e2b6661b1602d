"""Conversion of XGBoost's parsed model to flat arrays, with every value checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import BundleError

__all__ = ["Trees", "read_trees"]

_OBJECTIVES: Final = ("multi:softprob", "multi:softmax")
_INTEGER_ARRAYS: Final = (
    "left_children",
    "right_children",
    "split_indices",
    "default_left",
    "split_type",
)
_MAX_FEATURES: Final = 100_000
_MAX_CLASSES: Final = 1_000
_MAX_SUM: Final = 2.0**30
_MAX_DEPTH: Final = 256


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """All nodes of all trees, level by level; a right child follows its left sibling.

    Attributes:
        n_features: Number of columns of the input.
        depth: Steps from a root to the deepest leaf.
        roots: intp, shape (n_trees,): node of each root, trees of one class side by side.
        starts: intp, shape (n_classes,): first tree of each class.
        column: intp, shape (n_nodes,): column to compare: the feature, plus ``n_features`` where
            missing goes left; ``2 * n_features`` (a column of zeros) at a leaf.
        threshold: float32, shape (n_nodes,): less goes left. +inf at a leaf.
        left: intp, shape (n_nodes,): left child; a leaf's is itself.
        leaf: float32, shape (n_nodes,): value of a leaf, 0 elsewhere.
        base: float32, shape (n_classes,): margins before the first tree.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> from vocalbaby.models.booster_json import read_booster
        >>> parts = read_bundle(default_bundle_path()).parts
        >>> booster = parts["spectral_prosodic-boosted_trees.booster.json"]
        >>> trees = read_trees(read_booster(booster))
        >>> trees.n_features, len(trees.base), len(trees.leaf) == len(trees.threshold)
        (105, 5, True)
    """

    n_features: int
    depth: int
    roots: NDArray[np.intp]
    starts: NDArray[np.intp]
    column: NDArray[np.intp]
    threshold: NDArray[np.float32]
    left: NDArray[np.intp]
    leaf: NDArray[np.float32]
    base: NDArray[np.float32]


def read_trees(model: object) -> Trees:
    """Check a parsed booster and flatten it.

    Args:
        model: What `vocalbaby.models.booster_json.read_booster` returned.

    Returns:
        The trees.

    Raises:
        BundleError: Not a numeric multi-class ``gbtree`` model, or its arrays do not fit.

    Examples:
        >>> read_trees([])
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: The booster is not a model that can be evaluated: it is ...
    """
    if not isinstance(model, dict):
        raise _damaged("it is not an object")
    try:
        return _read(model)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        raise _damaged(f"{type(error).__name__}: {error}") from error


def _damaged(what: str) -> BundleError:
    return BundleError(
        f"The booster is not a model that can be evaluated: {what}.",
        hint="Use a 'multi:softprob' booster of numeric columns that XGBoost saved as JSON.",
    )


def _read(model: Mapping[str, Any]) -> Trees:
    learner = model["learner"]
    name, objective = learner["gradient_booster"]["name"], learner["objective"]["name"]
    if name != "gbtree" or objective not in _OBJECTIVES:
        raise _damaged(f"booster {name!r}, objective {objective!r}")
    parameters = learner["learner_model_param"]
    n_features, n_classes = int(parameters["num_feature"]), int(parameters["num_class"])
    if not (1 <= n_features <= _MAX_FEATURES and 2 <= n_classes <= _MAX_CLASSES):
        raise _damaged(f"{n_features} features, {n_classes} classes")
    base = np.array(str(parameters["base_score"]).strip("[]").split(","), np.float32)
    base = np.broadcast_to(base, (n_classes,))

    forest = learner["gradient_booster"]["model"]
    parts = forest["trees"]
    owner = _concatenated([forest], "tree_info", np.array([len(parts)]), "i")
    if set(owner.tolist()) != set(range(n_classes)):
        raise _damaged("its trees do not fit its classes")
    order = np.argsort(owner, kind="stable")
    nodes = _gather([parts[i] for i in order])
    flat = _by_level(nodes, n_features)
    if not np.isfinite(base).all() or not np.abs(flat["leaf"]).max() * len(parts) < _MAX_SUM:
        raise _damaged("its leaf values are not finite or too large")
    starts = np.searchsorted(owner[order], np.arange(n_classes))
    return Trees(n_features=n_features, starts=starts, base=base, **flat)


def _gather(parts: list[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Concatenate the trees' arrays; children become indices into the whole."""
    sizes = np.array([len(part["left_children"]) for part in parts])
    if not len(parts) or sizes.min() < 1:
        raise _damaged("a tree without nodes")
    first = np.cumsum(sizes) - sizes
    tree = np.repeat(np.arange(len(parts)), sizes)
    nodes: dict[str, NDArray[Any]] = {"first": first}
    for name in _INTEGER_ARRAYS:
        nodes[name] = _concatenated(parts, name, sizes, "ib").astype(np.int64)
    values = _concatenated(parts, "split_conditions", sizes, "if")
    with np.errstate(over="ignore"):  # becomes infinite, which is refused later
        nodes["split_conditions"] = values.astype(np.float32)
    for name in ("left_children", "right_children"):
        inner = nodes[name] != -1
        if not ((nodes[name] > 0) & (nodes[name] < sizes[tree]))[inner].all():
            raise _damaged("a child outside its tree")
        nodes[name] = np.where(inner, nodes[name] + first[tree], -1)
    return nodes


def _concatenated(
    parts: list[Mapping[str, Any]], name: str, sizes: NDArray[np.intp], kinds: str
) -> NDArray[Any]:
    """Return the lists of all parts as one array, whose dtype must be of one of the kinds."""
    if not all(isinstance(part[name], list) for part in parts):
        raise _damaged(f"'{name}' is not a list of numbers")
    if any(len(part[name]) != size for part, size in zip(parts, sizes, strict=True)):
        raise _damaged(f"'{name}' does not have as many values as it should")
    values = np.array(list(chain.from_iterable(part[name] for part in parts)))
    if values.ndim != 1 or values.dtype.kind not in kinds:
        raise _damaged(f"'{name}' is not a list of numbers")
    return values


def _by_level(nodes: dict[str, NDArray[Any]], n_features: int) -> dict[str, Any]:
    """Renumber breadth first over all trees; refuses cycles and shared children."""
    levels = [nodes["first"]]
    total, depth = len(levels[0]), 0
    left_of: list[NDArray[np.intp]] = []
    while True:
        here = levels[-1]
        start = total - len(here)
        inner = nodes["left_children"][here] != -1
        if (inner != (nodes["right_children"][here] != -1)).any():
            raise _damaged("a node with one child")
        left = start + np.arange(len(here))
        left[inner] = total + 2 * np.arange(inner.sum())
        left_of.append(left)
        if not inner.any():
            break
        pairs = [nodes[side][here[inner]] for side in ("left_children", "right_children")]
        levels.append(np.stack(pairs, axis=1).ravel())
        total, depth = total + len(levels[-1]), depth + 1
        if total > len(nodes["left_children"]):
            raise _damaged("a tree with a cycle")
        if depth > _MAX_DEPTH:
            raise _damaged(f"a tree deeper than {_MAX_DEPTH}")
    old = np.concatenate(levels)
    ordered = np.sort(old)  # np.unique imports numpy.ma, which takes longer than this function
    if (ordered[1:] == ordered[:-1]).any():
        raise _damaged("a node with two parents")
    is_leaf = nodes["left_children"][old] == -1
    feature, value = nodes["split_indices"][old], nodes["split_conditions"][old]
    if (nodes["split_type"][old][~is_leaf] != 0).any():
        raise _damaged("a categorical split")
    if ((feature < 0) | (feature >= n_features))[~is_leaf].any() or not np.isfinite(value).all():
        raise _damaged("a split on no column or at no number")
    missing_left = nodes["default_left"][old] != 0
    return {
        "depth": depth,
        "roots": np.arange(len(nodes["first"])),
        "column": np.where(is_leaf, 2 * n_features, feature + n_features * missing_left),
        "threshold": np.where(is_leaf, np.float32(np.inf), value),
        "left": np.concatenate(left_of),
        "leaf": np.where(is_leaf, value, np.float32(0.0)),
    }
