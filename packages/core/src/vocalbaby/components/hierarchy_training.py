"""Training of a hierarchy of models: one for each node of a tree of classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby.components.boosting import TrainingConfig, labels
from vocalbaby.components.classification import (
    ClassificationConfig,
    TreeNode,
    nodes_of,
    overridden,
)
from vocalbaby.components.ensemble_training import train_model
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.scaling import fit_scaling
from vocalbaby.components.trained_classifier import TrainedClassifier, TrainedParts
from vocalbaby.components.weights import clip_weights
from vocalbaby.entity.labels import CLASSES, Label
from vocalbaby.entity.progress import ProgressCallback
from vocalbaby.exception import DataError
from vocalbaby.models import hierarchical, registry

__all__ = ["rescaled", "train_hierarchy"]

_Trainer: TypeAlias = Callable[
    [FeatureTable, FeatureTable, TrainingConfig, ProgressCallback | None], TrainedClassifier
]

#: Weight of the squared biases of a node, as for the members of an ensemble.
_BIAS_PENALTY: Final = 0.05

_NO_PARTS: Final[Mapping[str, bytes]] = {}


def train_hierarchy(
    train: FeatureTable,
    devel: FeatureTable,
    config: TrainingConfig,
    classification: ClassificationConfig,
    progress: ProgressCallback | None = None,
    trainer: _Trainer = train_model,
) -> TrainedParts:
    """Train a model for each node of a tree, on the clips of the classes beneath the node.

    Each node has its own class weights, scaling and resampling, and the settings that
    ``classification.nodes`` gives it. The weight of a branch is that of its classes together, so
    with balanced classes no class gains by its place in the tree. Temperature and biases of each
    node are fitted to the clips of devel that belong to it.

    Args:
        train: Clips to fit the models to. Classes without clips are left out of the tree.
        devel: Clips of other children.
        config: Settings of every node.
        classification: The tree, the routing and the settings of single nodes.
        progress: Called with (rounds done, ``config.rounds`` for each node together).
        trainer: Trains the model of a node, or takes it from a cache.

    Returns:
        The hierarchy; its classes have the order of ``CLASSES``.

    Raises:
        DataError: Train has fewer than two classes, devel has a class that train lacks, or a
            branch has no clip in devel.
        ConfigError: Settings of a node are not valid.
    """
    train, devel = (table.where(table.meta.Answer != "") for table in (train, devel))
    present = set(train.meta.Answer)
    classes = tuple(name for name in CLASSES if name in present)
    labels(devel, classes)
    nodes = nodes_of(classification.tree, classes)
    if not nodes:
        raise DataError(
            f"Train has only the classes {list(classes)}.",
            hint="Training needs two classes or more.",
        )
    _require_branches(nodes, devel)
    models: list[TrainedClassifier] = []
    written: list[hierarchical.Node] = []
    for number, node in enumerate(nodes):
        overrides = classification.nodes.get(node.name, {})
        own = overridden(config, overrides, f"classification.nodes.{node.name}")
        own = own.model_copy(update={"class_prior": _prior(node, own)})
        own_train, own_devel = (_relabelled(table, node) for table in (train, devel))
        counted = _counted(progress, number, len(nodes), config.rounds)
        model = trainer(own_train, own_devel, own, counted)
        models.append(model)
        written.append(
            hierarchical.Node(
                name=node.name,
                kind=model.kind,
                first_column=0,
                n_columns=len(train.columns),
                temperature=1.0,
                bias=(0.0,) * len(node.branches),
                branches=tuple(
                    classes.index(name) if name in classes else name for name in node.branches
                ),
            )
        )
    trained = TrainedParts(
        kind=hierarchical.KIND,
        classes=classes,
        columns=train.columns,
        parts=hierarchical.to_parts(
            classification.routing, len(train.columns), written, [model.parts for model in models]
        ),
        history=_history(nodes, models),
    )
    return rescaled(trained, devel, config)


def rescaled(model: TrainedParts, devel: FeatureTable, config: TrainingConfig) -> TrainedParts:
    """Fit temperature and biases of each node of a hierarchy.

    Args:
        model: The hierarchy.
        devel: Labelled clips that its models were not fitted to.
        config: Settings of the training, of which only ``class_prior`` is used.

    Returns:
        A hierarchy of the same models. A node whose clips have fewer than two branches in
        ``devel`` remains as it is.
    """
    hierarchy = hierarchical.Hierarchy.model_validate_json(model.parts[hierarchical.PART])
    of_name = {node.name: node for node in hierarchy.nodes}
    balanced = config.model_copy(update={"class_balance": 1.0})
    nodes = []
    for node in hierarchy.nodes:
        beneath = tuple(_beneath(branch, of_name, model.classes) for branch in node.branches)
        place = TreeNode(node.name, tuple(map(str, node.branches)), beneath)
        own = _relabelled(devel, place)
        scaling: dict[str, object] = {}
        if own.meta.Answer.nunique() > 1:
            temperature, bias = _scaling(model, node, own, _prior(place, balanced))
            scaling = {"temperature": temperature, "bias": tuple(bias.tolist())}
        nodes.append(hierarchical.Node.model_validate(node.model_dump() | scaling))
    changed = hierarchical.to_parts(
        hierarchy.routing, hierarchy.n_columns, nodes, [_NO_PARTS] * len(nodes)
    )
    return replace(model, parts={**model.parts, **changed})


def _scaling(
    model: TrainedParts, node: hierarchical.Node, own: FeatureTable, prior: dict[Label, float]
) -> tuple[float, NDArray[np.float64]]:
    """Fit the temperature and biases of a node to its clips, whose labels are stand-ins."""
    prefix = f"{node.name}."
    parts = {
        name.removeprefix(prefix): data
        for name, data in model.parts.items()
        if name.startswith(prefix)
    }
    columns = slice(node.first_column, node.first_column + node.n_columns)
    margins = registry.load(node.kind, parts).margins(own.array[:, columns])
    weights = clip_weights(own.meta, classes=1.0, children=0.5, prior=prior)
    truth = labels(own, CLASSES[: len(node.branches)])
    return fit_scaling(margins, truth, weights, _BIAS_PENALTY)


def _require_branches(nodes: Sequence[TreeNode], devel: FeatureTable) -> None:
    for node in nodes:
        for branch, classes in zip(node.branches, node.classes, strict=True):
            if not devel.meta.Answer.isin(classes).any():
                raise DataError(
                    f"The branch {branch} of the node '{node.name}' has no clip in devel, so its "
                    "probabilities cannot be calibrated.",
                    hint="Change the shares of the splits, the tree or left_out_corpora in "
                    "training.yaml, or use the mode flat.",
                )


def _stand_ins(node: TreeNode) -> tuple[Label, ...]:
    """Return the classes that stand for the branches in a table, in the order of the branches.

    Trainers order their outputs as ``CLASSES``, so the first of these classes have the right order.
    """
    return CLASSES[: len(node.branches)]


def _relabelled(table: FeatureTable, node: TreeNode) -> FeatureTable:
    """Select the clips of a node; their labels are the stand-ins of the branches."""
    of_class = {
        name: stand_in
        for stand_in, classes in zip(_stand_ins(node), node.classes, strict=True)
        for name in classes
    }
    own = table.where(table.meta.Answer.isin(list(of_class)))
    return replace(own, meta=own.meta.assign(Answer=own.meta.Answer.map(of_class).astype(object)))


def _prior(node: TreeNode, config: TrainingConfig) -> dict[Label, float]:
    """Return the factor on the weight of each branch, by its stand-in, at most 1.

    It is the mean of the factors of its classes, times their number as far as classes are balanced.
    """
    given: Mapping[Any, float] = config.class_prior
    factors = [
        float(np.mean([given.get(name, 1.0) for name in classes]))
        * len(classes) ** config.class_balance
        for classes in node.classes
    ]
    largest = max(factors)
    return {name: factor / largest for name, factor in zip(_stand_ins(node), factors, strict=True)}


def _beneath(
    branch: int | str, of_name: Mapping[str, hierarchical.Node], classes: Sequence[str]
) -> tuple[str, ...]:
    """Return the classes beneath a branch of a written hierarchy."""
    if isinstance(branch, int):
        return (classes[branch],)
    parts = of_name[branch].branches
    return tuple(name for part in parts for name in _beneath(part, of_name, classes))


def _history(
    nodes: Sequence[TreeNode], models: Sequence[TrainedClassifier]
) -> list[dict[str, object]]:
    """Join the histories; a key that a kind of model does not have is empty."""
    keys = dict.fromkeys(key for model in models for row in model.history[:1] for key in row)
    return [
        {"node": node.name, **{key: row.get(key, "") for key in keys}}
        for node, model in zip(nodes, models, strict=True)
        for row in model.history
    ]


def _counted(
    progress: ProgressCallback | None, number: int, nodes: int, rounds: int
) -> ProgressCallback | None:
    """Report the progress of a node as that of all; each counts as ``rounds``."""
    if progress is None:
        return None

    def report(done: int, total: int) -> None:
        progress(number * rounds + round(rounds * done / max(total, 1)), nodes * rounds)

    return report
