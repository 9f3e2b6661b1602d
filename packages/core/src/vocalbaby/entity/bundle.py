"""The model bundle: everything needed to answer, and where it came from."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["BundleManifest", "Calibration", "FileRecord", "ModelBundle"]

Positive = Annotated[float, Field(gt=0.0)]


class FileRecord(BaseModel):
    """Hash and size of one file of the bundle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class BundleManifest(BaseModel):
    """``manifest.json``: identity, contents and provenance of a bundle.

    Attributes:
        format: Version of this layout.
        name: What the model is called.
        version: Name and a hash of all that decides an answer (and the drift reference):
            the same training run gives the same version on any day.
        classes: Order of the booster's classes.
        feature_set: Name of the feature set.
        feature_set_version: Its version.
        columns: Its columns, in order.
        training_data_sha256: Hash of the training tables.
        code_version: Version of vocalbaby-core that trained it.
        metrics: Figures of the evaluation.
        created: UTC time of writing, ISO 8601.
        files: Every other file of the bundle.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")
    version: str
    classes: tuple[str, ...]
    feature_set: str
    feature_set_version: str
    columns: tuple[str, ...]
    training_data_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    code_version: str
    metrics: dict[str, Any]
    created: str
    files: dict[str, FileRecord]


class Calibration(BaseModel):
    """``calibration.json``: from margins to probabilities, and when to abstain.

    Probabilities are ``softmax(margins / temperature + bias)``. A clip's novelty is the
    root mean square of its standardised features along the principal axes of the
    training data, each over its standard deviation, and of what no axis explains.

    Attributes:
        temperature: Positive scale of the margins.
        bias: One offset per class.
        abstain_below: Highest probability under which no label is given.
        novelty_center: Per column, median of the training data.
        novelty_scale: Per column, robust standard deviation of the training data.
        novelty_components: Row-wise principal axes of the standardised training data.
        novelty_variances: Variance along each axis, then the mean square of the rest.
        novelty_threshold: Novelty above which a clip is unlike the training data.
        missing_limit: Share of columns not measurable above which it is, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    temperature: Positive
    bias: tuple[float, ...]
    abstain_below: float = Field(ge=0.0, le=1.0)
    novelty_center: tuple[float, ...]
    novelty_scale: tuple[Positive, ...]
    novelty_components: tuple[tuple[float, ...], ...]
    novelty_variances: tuple[Positive, ...]
    novelty_threshold: Positive
    missing_limit: float = Field(default=1.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        width = len(self.novelty_center)
        if len(self.novelty_scale) != width or any(
            len(axis) != width for axis in self.novelty_components
        ):
            raise ValueError("novelty_center, _scale and _components differ in width")
        if len(self.novelty_variances) != len(self.novelty_components) + 1:
            raise ValueError("novelty_variances wants one value per axis and one for the rest")
        return self


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
