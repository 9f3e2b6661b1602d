"""The model kind ``boosted_trees``: evaluation of XGBoost's trees without XGBoost.

The compiled kernel evaluates the trees; where it is not installed, numpy does, with the
same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby import kernel
from vocalbaby.exception import BundleError
from vocalbaby.models.booster_json import read_booster
from vocalbaby.models.classifier import checked_rows
from vocalbaby.models.trees import Trees, read_trees

__all__ = ["KIND", "PART", "Forest"]

#: Name of the kind in bundle manifests.
KIND: Final = "boosted_trees"

#: The one model part of such a bundle: XGBoost's own JSON.
PART: Final = "booster.json"

#: Leaf values are summed as integers of 2**-32, so that no order of summation, and hence
#: no batch, can change a bit; float32 margins resolve 2**-24 at best.
_UNIT: Final = 2.0**-32

#: Rows times trees per step of the numpy evaluation: node numbers stay in the cache.
_BLOCK: Final = 1 << 16

#: A node as the kernel reads it. The kernel reads pairs, so one node is added at the end.
_NODE: Final = np.dtype([("threshold", "f4"), ("column", "i4"), ("left", "i4")])


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """A multi-class forest, ready to evaluate.

    Attributes:
        n_features: Number of columns.
        n_classes: Number of classes.
        n_trees: Number of trees.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> parts = read_bundle(default_bundle_path()).parts
        >>> forest = Forest.from_json(parts["spectral_prosodic-boosted_trees.booster.json"])
        >>> forest.margins(np.zeros((2, forest.n_features), np.float32)).shape
        (2, 5)
    """

    n_features: int
    n_classes: int
    n_trees: int
    _trees: Trees
    _nodes: NDArray[np.void]
    _fixed: NDArray[np.int64]
    _base: NDArray[np.float64]

    @classmethod
    def from_parts(cls, parts: Mapping[str, bytes]) -> "Forest":
        """Build the forest from the model parts of a bundle.

        Args:
            parts: Contents of the parts by name.

        Returns:
            The forest.

        Raises:
            BundleError: The parts are not exactly ``booster.json``, or it is not valid.
        """
        if set(parts) != {PART}:
            raise BundleError(
                f"A model of the kind {KIND} has the part {PART}, not {sorted(parts)}.",
                hint="Fetch or train the model again.",
            )
        return cls.from_json(parts[PART])

    @classmethod
    def from_json(cls, data: bytes | bytearray) -> "Forest":
        """Build the forest from XGBoost's ``save_raw("json")`` or ``save_model("x.json")``.

        Args:
            data: The file's bytes; objective ``multi:softprob`` or ``multi:softmax``,
                booster ``gbtree``, numeric splits.

        Returns:
            The forest.

        Raises:
            BundleError: The bytes are damaged or describe another kind of model.
        """
        trees = read_trees(read_booster(data))
        return cls(
            n_features=trees.n_features,
            n_classes=len(trees.base),
            n_trees=len(trees.roots),
            _trees=trees,
            _nodes=_packed(trees),
            _fixed=np.rint(np.append(trees.leaf, 0).astype(np.float64) / _UNIT).astype(np.int64),
            _base=trees.base.astype(np.float64),
        )

    def margins(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the sum of the trees' leaf values per class: XGBoost's ``output_margin``.

        Args:
            x: float32, shape (n, n_features); NaN means "missing" and takes the
                default direction of each split.

        Returns:
            float32, shape (n, n_classes). A row's margins do not depend on other rows.

        Raises:
            ValueError: ``x`` has a wrong shape.
        """
        x = checked_rows(x, self.n_features)
        if kernel.native is not None:
            margins = np.empty((len(x), self.n_classes), np.float32)
            kernel.native.margins(
                np.ascontiguousarray(x),
                *(len(x), self.n_features, self._trees.depth, self.n_trees),
                *(self._nodes, self._fixed, self._trees.starts, self._base, margins),
            )
            return margins
        sums = np.empty((len(x), self.n_classes), np.int64)
        step = max(1, _BLOCK // self.n_trees)
        for start in range(0, len(x), step):
            leaves = self._leaves(x[start : start + step])
            np.add.reduceat(
                self._fixed.take(leaves), self._trees.starts, axis=1, out=sums[start : start + step]
            )
        return (sums * _UNIT + self._base).astype(np.float32)

    def _leaves(self, x: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the leaf of every row in every tree, shape (n, n_trees)."""
        trees = self._trees
        # A missing value is -inf where it should go left and +inf where right, so one
        # comparison decides; the last column serves leaves, which stay where they are.
        missing = np.isnan(x)
        columns = np.zeros((len(x), 2 * self.n_features + 1), np.float32)
        columns[:, : self.n_features] = np.where(missing, np.float32(np.inf), x)
        columns[:, self.n_features : -1] = np.where(missing, np.float32(-np.inf), x)
        row = (np.arange(len(x)) * columns.shape[1])[:, np.newaxis]
        node = np.repeat(trees.roots[np.newaxis], len(x), axis=0)
        for _ in range(trees.depth):
            value = columns.take(trees.column.take(node) + row)
            node = trees.left.take(node) + (value >= trees.threshold.take(node))
        return node


def _packed(trees: Trees) -> NDArray[np.void]:
    nodes: NDArray[np.void] = np.zeros(len(trees.left) + 1, _NODE)
    for name in ("threshold", "column", "left"):
        nodes[name][:-1] = getattr(trees, name)
    return nodes
