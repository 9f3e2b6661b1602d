"""Settings of the drift job, ``configs/drift.yaml``."""

from typing import Literal

from pydantic import Field

from vocalbaby.entity.config import StrictModel

__all__ = ["ColumnConfig", "DriftConfig", "ReportConfig", "ScoreConfig", "WindowConfig"]


class WindowConfig(StrictModel):
    """What of production is looked at.

    Attributes:
        hours: Of the log, up to now, where no other time is named.
        min_rows: Fewer cannot be compared.
        max_rows: Of more, every so many-th is compared.
        missing_limit: A column of which this share is missing, and at most half of it in
            the reference, is a fault of the data, not a drift.
    """

    hours: float = Field(default=24.0, gt=0.0, le=24.0 * 366)
    min_rows: int = Field(default=100, ge=20)
    max_rows: int = Field(default=2000, ge=100, le=50_000)
    missing_limit: float = Field(default=0.5, gt=0.0, le=1.0)


class ColumnConfig(StrictModel):
    """When a single column has drifted; Evidently's names of methods.

    The reference's own spread raises a threshold where these are lower.

    Attributes:
        method: Distance of a feature.
        threshold: Least distance that counts.
        class_method: Distance of the predicted classes.
        class_threshold: Least distance that counts.
        missing_threshold: Least change of the share of missing values that counts.
    """

    method: Literal["wasserstein"] = "wasserstein"
    threshold: float = Field(default=0.1, gt=0.0)
    class_method: Literal["jensenshannon"] = "jensenshannon"
    class_threshold: float = Field(default=0.1, gt=0.0, le=1.0)
    missing_threshold: float = Field(default=0.1, gt=0.0, le=1.0)


class ScoreConfig(StrictModel):
    """The two-sample score, and what chance alone would do.

    Attributes:
        threshold: Least score (AUC) that counts as drift.
        folds: Of the cross-validation; a child is in one fold only.
        ridge: Weight of the penalty; standardised columns.
        resamples: Halvings of the reference, by children, that set the thresholds.
        false_positive_rate: Share of the halvings that may exceed a threshold.
        seed: Of the halvings and folds.
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
        columns: Features with figures, those that moved most first.
    """

    columns: int = Field(default=20, ge=1, le=500)


class DriftConfig(StrictModel):
    """All settings of the job."""

    window: WindowConfig = WindowConfig()
    columns: ColumnConfig = ColumnConfig()
    score: ScoreConfig = ScoreConfig()
    report: ReportConfig = ReportConfig()
