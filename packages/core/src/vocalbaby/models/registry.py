"""Model kinds by name: how the parts of a bundle become a classifier."""

from collections.abc import Callable, Mapping

from vocalbaby.exception import BundleError
from vocalbaby.models import ensemble, forest, hierarchical, linear, mlp, svm
from vocalbaby.models.classifier import Classifier

__all__ = ["kinds", "load", "register"]

#: Builds a classifier from the contents of a bundle's model parts, by name.
Loader = Callable[[Mapping[str, bytes]], Classifier]


def _ensemble(parts: Mapping[str, bytes]) -> Classifier:
    return ensemble.Ensemble.from_parts(parts, load)


def _hierarchical(parts: Mapping[str, bytes]) -> Classifier:
    return hierarchical.Hierarchical.from_parts(parts, load)


_LOADERS: dict[str, Loader] = {
    ensemble.KIND: _ensemble,
    forest.KIND: forest.Forest.from_parts,
    hierarchical.KIND: _hierarchical,
    linear.KIND: linear.LogisticRegression.from_parts,
    mlp.KIND: mlp.Mlp.from_parts,
    svm.KIND: svm.SupportVectorMachine.from_parts,
}


def register(kind: str, loader: Loader) -> None:
    """Make a model kind known under its name.

    Args:
        kind: Name of the kind, as bundle manifests give it.
        loader: Builds the classifier; must raise BundleError for parts that are missing,
            unknown or damaged, and must not execute anything that the parts contain.

    Raises:
        BundleError: Another loader has the name already.

    Examples:
        >>> from vocalbaby.models.forest import Forest
        >>> register("boosted_trees", Forest.from_parts)  # known already: no effect
        >>> register("mlp", Forest.from_parts)
        Traceback (most recent call last):
        vocalbaby.exception.BundleError: Two kinds of model are called 'mlp'. Rename one of them.
    """
    if _LOADERS.setdefault(kind, loader) != loader:
        raise BundleError(f"Two kinds of model are called {kind!r}.", hint="Rename one of them.")


def kinds() -> tuple[str, ...]:
    """Return the names of the known kinds, sorted.

    Examples:
        >>> from vocalbaby.models import registry
        >>> registry.kinds()
        ('boosted_trees', 'ensemble', 'hierarchical', 'logistic_regression', 'mlp', 'svm')
    """
    return tuple(sorted(_LOADERS))


def load(kind: str, parts: Mapping[str, bytes]) -> Classifier:
    """Build the classifier of a bundle.

    Args:
        kind: Name of the model kind.
        parts: Contents of the bundle's model parts, by name.

    Returns:
        The classifier.

    Raises:
        BundleError: The kind is unknown, or the parts are not a valid model of that kind.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> from vocalbaby.models import registry
        >>> bundle = read_bundle(default_bundle_path())
        >>> registry.load(bundle.manifest.kind, bundle.parts).n_classes
        5
    """
    if kind not in _LOADERS:
        raise BundleError(
            f"There is no kind of model {kind!r}.",
            hint=f"Known kinds: {', '.join(kinds())}. A newer vocalbaby-core may know more.",
        )
    return _LOADERS[kind](parts)
