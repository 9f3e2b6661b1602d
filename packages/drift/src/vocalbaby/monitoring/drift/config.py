"""Settings of the drift job, ``configs/drift.yaml``."""

from typing import Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["ColumnConfig", "DriftConfig", "ReportConfig", "ScoreConfig", "WindowConfig"]


class WindowConfig(StrictModel):
    """The window of production.

    Attributes:
        hours: Length of the window in hours, up to now, unless the command names another.
        min_rows: Least number of rows that can be compared.
        max_rows: Greatest number of rows that are compared. If there are more, an even subsample
            is used.
        missing_limit: Share of missing values from which a column is a fault of the data and not
            drift, unless the reference misses more than half of that share.
    """

    hours: float = Field(default=24.0, gt=0.0, le=24.0 * 366)
    min_rows: int = Field(default=100, ge=20)
    max_rows: int = Field(default=2000, ge=100, le=50_000)
    missing_limit: float = Field(default=0.5, gt=0.0, le=1.0)


class ColumnConfig(StrictModel):
    """When a single column has drifted.

    The limits from the null distribution apply where they are higher than these thresholds. Names
    of methods are those of Evidently.

    Attributes:
        method: Distance of features.
        threshold: Least distance of a feature that counts as drifted.
        class_method: Distance of the predicted classes.
        class_threshold: Least distance of the predicted classes that counts as drifted.
        missing_threshold: Least change of the share of missing values that counts as drifted.
    """

    method: Literal["wasserstein"] = "wasserstein"
    threshold: float = Field(default=0.1, gt=0.0)
    class_method: Literal["jensenshannon"] = "jensenshannon"
    class_threshold: float = Field(default=0.1, gt=0.0, le=1.0)
    missing_threshold: float = Field(default=0.1, gt=0.0, le=1.0)


class ScoreConfig(StrictModel):
    """The two-sample score and its null distribution.

    Attributes:
        threshold: Least score (AUC) that counts as drift.
        folds: Number of folds of the cross-validation; a child is in one fold only.
        ridge: Weight of the ridge penalty, for standardised columns.
        resamples: Number of times that the reference is halved, by children, to estimate the null
            distribution.
        false_positive_rate: Share of the null distribution that may exceed a limit.
        seed: Seed of the random halves and folds.
    """

    threshold: float = Field(default=0.55, gt=0.5, lt=1.0)
    folds: int = Field(default=5, ge=2, le=20)
    ridge: float = Field(default=1.0, gt=0.0)
    resamples: int = Field(default=200, ge=20, le=10_000)
    false_positive_rate: float = Field(default=0.01, gt=0.0, lt=0.5)
    seed: int = Field(default=0, ge=0)


class ReportConfig(StrictModel):
    """The HTML report.

    Attributes:
        columns: Number of features with figures, those that drifted most first.
    """

    columns: int = Field(default=20, ge=1, le=500)


class DriftConfig(StrictModel):
    """All settings of the drift job.

    Attributes:
        window: The rows that are compared.
        columns: When a feature, or the predicted classes, count as drifted.
        score: The score that decides whether there is drift, and its limits.
        report: The report.
    """

    window: WindowConfig = WindowConfig()
    columns: ColumnConfig = ColumnConfig()
    score: ScoreConfig = ScoreConfig()
    report: ReportConfig = ReportConfig()
