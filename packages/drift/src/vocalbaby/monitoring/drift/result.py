"""The result of a run, ``result.json``; docs/decisions/0003-monitoring.md has the contract."""

from pydantic import BaseModel, ConfigDict

from vocalbaby.monitoring.drift_result import Outcome

__all__ = [
    "CauseResult",
    "ColumnResult",
    "EstimateResult",
    "PredictionResult",
    "RunResult",
    "WindowTimes",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class WindowTimes(_Part):
    """Oldest and newest row in Unix seconds; None where not recorded."""

    since: float | None = None
    until: float | None = None


class ColumnResult(_Part):
    """One feature.

    Attributes:
        name: Of the column.
        group: Its family.
        method: Of the distance.
        distance: Between reference and window.
        threshold: From which it counts as drifted.
        drifted: Whether it does.
        shift: Mean of the window less that of the reference, in standard deviations of the
            reference; 0 where one side has no values.
        missing_reference: Share of missing values.
        missing_current: The same in the window.
        missing_drifted: Whether that changed more than chance does.
    """

    name: str
    group: str
    method: str
    distance: float
    threshold: float
    drifted: bool
    shift: float
    missing_reference: float
    missing_current: float
    missing_drifted: bool


class PredictionResult(_Part):
    """The predicted classes; ``abstained`` is one of them."""

    distance: float
    threshold: float
    drifted: bool
    reference: dict[str, float]
    current: dict[str, float]


class EstimateResult(_Part):
    """UAR estimated without labels, in the window and on the reference.

    Attributes:
        uar: In the window.
        reference: On the reference, estimated in the same way.
        reference_true: On the reference, from its labels.
    """

    uar: float
    reference: float
    reference_true: float | None = None


class CauseResult(_Part):
    """A hypothesis about what happened: a stable code, and how well the signature fit, 0 to 1."""

    code: str
    evidence: float


class RunResult(_Part):
    """Everything a run found.

    Attributes:
        format: Version of this layout.
        run: Name of the run, and of its folder.
        started: Unix seconds.
        finished: Unix seconds.
        outcome: Only ``no_drift`` and ``drift`` have a score.
        last_success: When a run that could compare last ended.
        model_version: Whose reference was compared.
        feature_set: Of the model.
        feature_set_version: Of the model.
        reference_rows: Rows of the reference.
        rows: Rows of the window.
        window: Its times.
        score: Two-sample AUC.
        score_same_classes: The same with the reference weighted to the window's predicted
            classes: what is not a matter of their mixture.
        threshold: Score from which it is drift.
        groups: Share of each group's columns that drifted.
        columns: Every feature.
        missing_share: Share of missing values in the window.
        predictions: The predicted classes.
        estimate: UAR without labels.
        causes: Hypotheses, the best first.
        summary: The same in sentences.
    """

    format: int = 1
    run: str
    started: float
    finished: float
    outcome: Outcome
    last_success: float | None = None
    model_version: str | None = None
    feature_set: str | None = None
    feature_set_version: str | None = None
    reference_rows: int | None = None
    rows: int | None = None
    window: WindowTimes = WindowTimes()
    score: float | None = None
    score_same_classes: float | None = None
    threshold: float | None = None
    groups: dict[str, float] = {}
    columns: tuple[ColumnResult, ...] = ()
    missing_share: float | None = None
    predictions: PredictionResult | None = None
    estimate: EstimateResult | None = None
    causes: tuple[CauseResult, ...] = ()
    summary: tuple[str, ...]
