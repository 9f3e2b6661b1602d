"""The model bundle: everything needed to predict, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from vocalbaby.entity import calibration_parts as parts_of

__all__ = [
    "MAX_PARTS",
    "MAX_PART_BYTES",
    "MAX_TOTAL_BYTES",
    "BundleManifest",
    "Calibration",
    "FeatureSetRecord",
    "FileRecord",
    "ModelBundle",
    "ModelFile",
    "Provenance",
]

#: Most files that a manifest may list.
MAX_PARTS: Final = 96
#: Largest file of a bundle in bytes.
MAX_PART_BYTES: Final = 64 * 2**20
#: Most bytes of all files of a bundle together.
MAX_TOTAL_BYTES: Final = 256 * 2**20

#: Fields of `Calibration` that are left out of the file if they are empty.
_PARTS: Final = ("matrix", "isotonic", "thresholds", "conformal")

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
#: A plain file name in lower case; it cannot lead out of the bundle.
PartName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$", max_length=128)
]


class FileRecord(BaseModel):
    """Checksum and size of one file of the bundle.

    Attributes:
        sha256: SHA-256 of its bytes, in hexadecimal.
        size: Its size in bytes.

    Examples:
        >>> from hashlib import sha256
        >>> FileRecord(sha256=sha256(b"text").hexdigest(), size=4).size
        4
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    sha256: Sha256
    size: int = Field(ge=0, le=MAX_PART_BYTES)


class ModelFile(BaseModel):
    """A pretrained model that a feature set needs and a bundle does not contain.

    Attributes:
        sha256: Checksum of the file, or of the files of a folder, which alone identifies it.
        runtime: ``litert``, ``onnx``, or ``transformers`` for the folder of a speech model.
        output: Tensor that holds the embedding; for a speech model its layer and the pooling.

    Examples:
        >>> file = ModelFile(sha256="0" * 64, runtime="litert", output="layer28/reduce_mean")
        >>> file.runtime
        'litert'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    sha256: Sha256
    runtime: Literal["litert", "onnx", "transformers"]
    output: str = Field(min_length=1, max_length=200)


class FeatureSetRecord(BaseModel):
    """A feature set that the model was trained on.

    Attributes:
        name: Registered name.
        version: Its version.
        columns: Names of its columns, in order.
        file: The pretrained model that it needs; None for most sets.

    Examples:
        >>> FeatureSetRecord(name="mfcc", version="1", columns=("mfcc0_mean", "mfcc1_mean")).columns
        ('mfcc0_mean', 'mfcc1_mean')
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    name: str
    version: str
    columns: Annotated[tuple[str, ...], FailFast()]
    file: ModelFile | None = None

    @model_serializer(mode="wrap")
    def _without_missing_file(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Manifests of sets without a file, and so their versions, stay as they were.
        values: dict[str, Any] = serialize(self)
        return {key: value for key, value in values.items() if key != "file" or value is not None}


class Provenance(BaseModel):
    """Where a bundle came from.

    Attributes:
        training_data_sha256: Checksum of the training tables.
        code_version: Version of vocalbaby-core that trained the model.
        created: UTC time of writing, ISO 8601.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> len(read_bundle(default_bundle_path()).manifest.provenance.training_data_sha256)
        64
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    training_data_sha256: Sha256
    code_version: str
    created: str


class BundleManifest(BaseModel):
    """``manifest.json``: identity, contents and provenance of a bundle.

    Attributes:
        format: Version of this layout.
        name: Name of the model.
        version: The name and a checksum of everything that decides a prediction, and of
            the drift reference: the same training gives the same version on any day.
        kind: Kind of the model, as `vocalbaby.models.registry` knows it.
        classes: Order of the model's classes.
        feature_sets: The feature sets whose columns, side by side, are the model's input.
        parts: Every other file of the bundle by name: the parts of the model,
            ``calibration.json``, ``reference.parquet`` and ``card.md``.
        provenance: Training data, code version and time of writing.
        metrics: Figures of the evaluation.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> manifest = read_bundle(default_bundle_path()).manifest
        >>> manifest.name, manifest.format, len(manifest.columns) == len(set(manifest.columns))
        ('vocalbaby', 2, True)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    format: int
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")
    version: str
    kind: str
    classes: Annotated[tuple[str, ...], FailFast()]
    feature_sets: Annotated[tuple[FeatureSetRecord, ...], FailFast(), Field(min_length=1)]
    parts: dict[PartName, FileRecord] = Field(max_length=MAX_PARTS)
    provenance: Provenance
    metrics: dict[str, Any]

    @model_validator(mode="after")
    def _bounded_and_unambiguous(self) -> Self:
        if sum(part.size for part in self.parts.values()) > MAX_TOTAL_BYTES:
            raise ValueError(f"the parts have more than {MAX_TOTAL_BYTES} bytes together")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("two columns have the same name")
        return self

    @property
    def feature_set(self) -> str:
        """Name of the feature set; the names of several are joined with ``+``."""
        return "+".join(part.name for part in self.feature_sets)

    @property
    def feature_set_version(self) -> str:
        """Version of the feature set; the versions of several are joined with ``+``."""
        return "+".join(part.version for part in self.feature_sets)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the model's input columns, in order."""
        return tuple(name for part in self.feature_sets for name in part.columns)


class Calibration(BaseModel):
    """``calibration.json``: how margins become probabilities, and when to abstain.

    Probabilities are ``softmax(margins / temperature + bias)`` (Guo et al., 2017, "On Calibration
    of Modern Neural Networks"). A clip's novelty is the root mean square of its standardised
    features along the principal axes of the training data, each over its standard deviation, and of
    what no axis explains. The training gives the axes so large a variance that only that counts.

    The fields after ``missing_limit`` are optional, and absent from ``calibration.json`` without
    a value. With ``matrix``, probabilities are ``softmax(matrix @ margins / temperature + bias)``;
    with ``isotonic``, each is mapped on its own, and a row is then divided by its sum.

    Attributes:
        temperature: Positive scale of the margins.
        bias: One offset per class.
        class_prior: Frequency of each class for which the probabilities hold, up to a common
            factor; empty for equal frequencies.
        abstain_below: No label is given when the highest probability is below this.
        novelty_center: Per column, median of the training data.
        novelty_scale: Per column, robust standard deviation of the training data.
        novelty_components: Row-wise principal axes of the standardised training data.
        novelty_variances: Divisor of the square along each axis, then that of what no axis
            explains.
        novelty_threshold: Novelty above which a clip is unlike the training data.
        missing_limit: Share of missing columns above which a clip is unlike the training data.
        matrix: One row of weights of the margins per class; empty for the margins themselves.
        isotonic: One map per class; empty for none.
        thresholds: Probabilities below which the label of a class is not given.
        conformal: How label sets are formed; None for no label sets.

    Examples:
        >>> calibration = Calibration(
        ...     temperature=1.5, bias=(0.0, 0.2), abstain_below=0.4, novelty_threshold=3.0,
        ...     novelty_center=(0.0,), novelty_scale=(1.0,), novelty_components=(),
        ...     novelty_variances=(1.0,),
        ... )
        >>> calibration.missing_limit
        1.0
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )

    temperature: parts_of.Positive
    bias: parts_of.Numbers
    class_prior: parts_of.Positives = ()
    abstain_below: float = Field(ge=0.0, le=1.0)
    novelty_center: parts_of.Numbers
    novelty_scale: parts_of.Positives
    novelty_components: Annotated[tuple[parts_of.Numbers, ...], FailFast()]
    novelty_variances: parts_of.Positives
    novelty_threshold: parts_of.Positive
    missing_limit: float = Field(default=1.0, ge=0.0, le=1.0)
    matrix: parts_of.Matrix = ()
    isotonic: parts_of.IsotonicMaps = ()
    thresholds: parts_of.Thresholds = ()
    conformal: parts_of.ConformalSets | None = None

    @model_serializer(mode="wrap")
    def _without_absent_parts(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Calibrations without these parts, and so the versions of bundles, stay as they were.
        values: dict[str, Any] = serialize(self)
        return {key: value for key, value in values.items() if key not in _PARTS or value}

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        parts = self.matrix, self.isotonic, self.thresholds, self.conformal
        parts_of.check_sizes(len(self.bias), *parts)
        if self.class_prior and len(self.class_prior) != len(self.bias):
            raise ValueError("class_prior and bias differ in length")
        width = len(self.novelty_center)
        if len(self.novelty_scale) != width or any(
            len(axis) != width for axis in self.novelty_components
        ):
            raise ValueError("novelty_center, _scale and _components differ in width")
        if len(self.novelty_variances) != len(self.novelty_components) + 1:
            raise ValueError("novelty_variances needs one value per axis and one for the rest")
        return self


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A verified bundle in memory.

    Attributes:
        manifest: Identity and provenance.
        parts: Contents of the model's own parts by name, e.g. ``booster.json``.
        calibration: Probabilities and abstention.
        reference: Parquet bytes of the drift reference sample.
        card: The model card, Markdown.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> bundle = read_bundle(default_bundle_path())
        >>> bundle.card.startswith("# Model card"), sorted(bundle.parts)[0]
        (True, 'ensemble.json')
    """

    manifest: BundleManifest
    parts: Mapping[str, bytes]
    calibration: Calibration
    reference: bytes
    card: str
