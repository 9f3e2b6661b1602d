"""Which recordings were segmented as those of a confusion table were."""

from collections.abc import Sequence

from vocalbaby.summary.confusion import ConfusionTable
from vocalbaby.summary.grid import Grid

__all__ = ["of_the_table"]


def of_the_table(
    grids: Sequence[Grid], table: ConfusionTable, *, assume_model: bool
) -> tuple[list[Grid], list[str]]:
    """Return the recordings of the table's model and listener, and why others are not.

    Args:
        grids: The recordings.
        table: Errors of a model, with a listener or without one.
        assume_model: Whether recordings that name no model are of that of the table.
    """
    lacking = "Their intervals lack the classifier's error."
    warnings = [
        f"Segments of the model {version} are not corrected: the confusion table is of "
        f"{table.model_version}. {lacking}"
        for version in sorted({grid.model_version for grid in grids} - {"", table.model_version})
    ]
    own = [grid for grid in grids if grid.model_version in {"", table.model_version}]
    # A format that does not hold the version of the model does not hold the listener either.
    other = [g for g in own if g.listener != table.listener and (g.model_version or g.listener)]
    warnings += [
        f"Segments that were made {_by(listener)} are not corrected: the confusion table was "
        f"measured {_by(table.listener)}. {lacking}"
        for listener in sorted({grid.listener for grid in other})
    ]
    named = [grid for grid in own if grid.model_version or assume_model]
    return [grid for grid in named if grid not in other], warnings


def _by(listener: str) -> str:
    return f"with the listener {listener[:12]}" if listener else "without a listener"
