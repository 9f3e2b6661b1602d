"""Adapter for Evidently, whose names change with every major version.

Methods, thresholds and column types are always given. Otherwise Evidently chooses them by the data,
and a large figure may mean drift or no drift, depending on the method.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vocalbaby.monitoring.drift.config import ColumnConfig

__all__ = ["PREDICTION", "distances", "render"]

#: Name of the column of predicted classes.
PREDICTION = "prediction"


def _prepare_import() -> None:
    os.environ["DO_NOT_TRACK"] = "1"
    # Python 3.12 and newer report Evidently's own docstrings when they compile it the first time.
    warnings.filterwarnings("ignore", "invalid escape sequence", SyntaxWarning)


def distances(
    reference: pd.DataFrame, current: pd.DataFrame, config: ColumnConfig
) -> dict[str, float]:
    """Compute Evidently's distance of every column; missing values are left out.

    Args:
        reference: Features, and the column `PREDICTION` of predicted classes.
        current: The same columns.
        config: Methods of the distances.

    Returns:
        Distance by column; 0 for a column without values on one side.
    """
    _prepare_import()
    from evidently.legacy.calculations.stattests import get_stattest  # noqa: PLC0415 - 10 s - seconds
    from evidently.legacy.core import ColumnType  # noqa: PLC0415 - 10 s

    found = {}
    for name in reference.columns:
        one, other = reference[name].dropna(), current[name].dropna()
        if one.empty or other.empty:
            found[str(name)] = 0.0
            continue
        classes = name == PREDICTION
        kind = ColumnType.Categorical if classes else ColumnType.Numerical
        method = config.class_method if classes else config.method
        test = get_stattest(one, other, kind, method)
        score = test(one, other, kind, threshold=1.0).drift_score
        found[str(name)] = float(np.float64(score))
    return found


def render(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    columns: Sequence[str],
    thresholds: Mapping[str, float],
    config: ColumnConfig,
) -> str:
    """Render Evidently's HTML page with figures of the predicted classes and some features.

    Args:
        reference: As for `distances`.
        current: The same columns.
        columns: Features to show; features without values on one side are left out.
        thresholds: Threshold of each column, including `PREDICTION`.
        config: Methods of the distances.
    """
    _prepare_import()
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 - 10 s - takes seconds
    from evidently.presets import DataDriftPreset  # noqa: PLC0415 - 10 s

    shown = [
        name for name in columns if reference[name].notna().any() and current[name].notna().any()
    ]
    definition = DataDefinition(numerical_columns=shown, categorical_columns=[PREDICTION])

    class Table(DataDriftPreset):  # type: ignore[misc] # untyped base
        """The table without Evidently's verdict, which is not that of the drift job."""

        def render(self, *args: object, **kwargs: object) -> list[Any]:
            widgets = super().render(*args, **kwargs)
            tables = [widget for widget in widgets if widget.type == "big_table"]
            for table in tables:
                table.title = ""
            return tables

    report = Report(
        [
            Table(
                num_method=config.method,
                num_threshold=config.threshold,
                cat_method=config.class_method,
                cat_threshold=config.class_threshold,
                per_column_threshold={name: thresholds[name] for name in (*shown, PREDICTION)},
            )
        ],
        include_tests=False,
    )
    one, other = (
        Dataset.from_pandas(side[[*shown, PREDICTION]], data_definition=definition)
        for side in (reference, current)
    )
    page = report.run(current_data=other, reference_data=one).get_html_str(as_iframe=False)
    return str(page)
