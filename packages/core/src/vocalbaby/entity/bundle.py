"""The model bundle: everything needed to answer, and where it came from."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["BundleManifest", "Calibration", "FileRecord", "ModelBundle"]


class FileRecord(BaseModel):
    """Hash and size of one file of the bundle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    size: int


class BundleManifest(BaseModel):
    """``manifest.json``: identity, contents and provenance of a bundle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    name: str
    version: str
    classes: tuple[str, ...]
    feature_set: str
    feature_set_version: str
    columns: tuple[str, ...]
    training_data_sha256: str
    code_version: str
    metrics: dict[str, Any]
    created: str
    files: dict[str, FileRecord]


class Calibration(BaseModel):
    """``calibration.json``: from margins to probabilities, and when to abstain.

    Probabilities are ``softmax(margin / temperature + bias)``.

    Attributes:
        temperature: Positive scale of the margins.
        bias: One offset per class.
        abstain_below: Highest probability under which no label is given.
        novelty_center: Per column, median of the training data.
        novelty_scale: Per column, robust standard deviation of the training data.
        novelty_components: Row-wise principal axes of the standardised training data.
        novelty_variances: Variance along each axis.
        novelty_threshold: Novelty (root mean squared z-score over the axes and the
            residual) above which a clip is unlike the training data.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float
    bias: tuple[float, ...]
    abstain_below: float
    novelty_center: tuple[float, ...]
    novelty_scale: tuple[float, ...]
    novelty_components: tuple[tuple[float, ...], ...]
    novelty_variances: tuple[float, ...]
    novelty_threshold: float


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A verified bundle in memory.

    Attributes:
        manifest: Identity and provenance.
        booster: XGBoost's own UBJ serialisation of the trees.
        calibration: Probabilities and abstention.
        reference: Parquet bytes of the drift reference sample.
        card: The model card, Markdown.
    """

    manifest: BundleManifest
    booster: bytes
    calibration: Calibration
    reference: bytes
    card: str
