"""The output of a self-supervised speech model (HuBERT, wav2vec 2.0, WavLM), pooled over frames.

A set is defined by the checksum of the model's files, the layer and the pooling; where the model
lies is a setting of the machine (`SslSettings`). Clips are evaluated one by one, without padding.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from vocalbaby.entity.bundle import ModelFile
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.features import Column
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.ssl.encoder import Encoder
from vocalbaby.features.ssl.model_files import Folder, describe, find_folder
from vocalbaby.features.ssl.pooling import POOLED, pool
from vocalbaby.utils.config import load_config

__all__ = ["NAME", "SET", "VARIABLE", "Ssl", "SslConfig", "SslSettings"]

Array = NDArray[np.float32]

NAME: Final = "ssl"
#: The environment variable that names the model.
VARIABLE: Final = "VOCALBABY_SSL__MODEL"
#: Changes whenever the input of the model or the pooling is computed otherwise.
_METHOD: Final = "1"
#: Longer clips are evaluated in equal pieces: the memory of a transformer grows with the square.
_MAX_SAMPLES: Final = 30 * 16_000
#: Values per frame of the base models of HuBERT and wav2vec 2.0.
_BASE: Final = 768


class SslConfig(StrictModel):
    """The speech model of a training recipe.

    Attributes:
        model: Folder of the model, or its name on Hugging Face (``owner/name@revision``); None
            for the first one of `SslSettings`.
        layer: Number of the layer whose output is pooled; 0 is the input of the first layer, and
            None the last layer.
        pooling: ``mean``, ``mean_std`` or ``max`` over the frames of a clip.

    Examples:
        >>> SslConfig(pooling="mean_std").feature_set().name
        'ssl'
    """

    model: str | None = Field(default=None, min_length=1)
    layer: int | None = Field(default=None, ge=0, le=200)
    pooling: Literal["mean", "mean_std", "max"] = "mean"

    def feature_set(self) -> "Ssl":
        """Return the feature set.

        Returns:
            The set of the model; if none is named anywhere, a set with the columns of a model
            of 768 values per frame, which cannot compute them.

        Raises:
            FeatureSetError: The model is missing or cannot be used, or lacks the layer.

        Examples:
            >>> len(SslConfig(pooling="mean_std").feature_set().columns)
            1536
        """
        model = self.model or next(iter(load_config(None, SslSettings, NAME).model), None)
        if model is None:
            return Ssl(None, _BASE, self.pooling)
        folder = describe(find_folder(model))
        layers = folder.description.num_hidden_layers
        layer = layers if self.layer is None else self.layer
        if layer > layers:
            raise FeatureSetError(
                f"The speech model {model!r} has {layers} layers, and ssl.layer is {layer}.",
                hint="Correct ssl.layer in features.yaml.",
            )
        file = ModelFile(
            sha256=folder.sha256, runtime="transformers", output=f"layer{layer}/{self.pooling}"
        )
        return Ssl(file, folder.description.hidden_size, self.pooling, (model,))


class SslSettings(StrictModel):
    """Settings of the machine on which speech models are evaluated.

    Attributes:
        model: Folder of the model or its name on Hugging Face. A list serves bundles that need
            different models; each bundle finds its own by the checksum.

    Examples:
        >>> SslSettings(model="models/hubert").model
        ('models/hubert',)
    """

    model: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
    ] = ()


class Ssl:
    """Pooled output of one layer of a speech model.

    Args:
        file: Checksum of the model, layer and pooling; None if no model is named.
        dimensions: Number of values per frame.
        pooling: ``mean``, ``mean_std`` or ``max``.
        models: Where to search for the model before the places of `SslSettings`.

    Examples:
        >>> Ssl(None, 768, "mean").columns[0].name
        'ssl_mean_0000'
    """

    name = NAME

    def __init__(
        self, file: ModelFile | None, dimensions: int, pooling: str, models: Iterable[str] = ()
    ) -> None:
        self.file = file
        self.version = _METHOD
        if file is not None:
            output = hashlib.sha256(file.output.encode()).hexdigest()
            self.version = f"{_METHOD}-{file.sha256[:12]}-{output[:4]}"
        self._dimensions, self._pooling, self._models = dimensions, pooling, tuple(models)
        self.columns = tuple(
            Column(
                f"{NAME}_{statistic}_{number:04}",
                "1",
                f"{text} over the frames of value {number} of the layer.",
                NAME,
            )
            for statistic, text in POOLED[pooling]
            for number in range(dimensions)
        )

    @classmethod
    def of_columns(cls, file: ModelFile, columns: Sequence[str]) -> "Ssl":
        """Return the set that has these columns.

        Args:
            file: Checksum of the model, layer and pooling.
            columns: Names of the columns.

        Raises:
            FeatureSetError: They are not those of the file's pooling.

        Examples:
            >>> file = ModelFile(sha256="0" * 64, runtime="transformers", output="layer6/max")
            >>> Ssl.of_columns(file, ["ssl_max_0000", "ssl_max_0001"]).file.output
            'layer6/max'
        """
        _, pooling = _parse(file)
        found = cls(file, len(columns) // len(POOLED[pooling]), pooling)
        if not columns or tuple(column.name for column in found.columns) != tuple(columns):
            raise FeatureSetError(f"The columns are not those of the pooling {pooling!r}.")
        return found

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`.

        Args:
            clips: Mono float32 arrays at 16 kHz, each of shape (n_samples,).

        Returns:
            float32, shape (n_clips, n_columns). A clip without any change has NaN in every column,
            and a clip of one frame in those of the standard deviation.

        Raises:
            FeatureSetError: No model is named, none has the checksum, or it cannot be used.
            MissingExtraError: The extra ``ssl`` is not installed.

        Examples:
            >>> Ssl(None, 768, "mean").extract([])
            Traceback (most recent call last):
            vocalbaby.exception.FeatureSetError: The feature set 'ssl' needs a speech model, and ...
        """
        folder, encoder = self._open()
        result = np.full((len(clips), len(self.columns)), np.nan, np.float32)
        for row, clip in zip(result, clips, strict=True):
            if float(clip.min()) < float(clip.max()):
                row[:] = self._pooled(clip, folder, encoder)
        return result

    def _pooled(self, clip: Array, folder: Folder, encoder: Encoder) -> Array:
        if folder.normalise:
            centred = clip - clip.mean(dtype=np.float64)
            clip = (centred / np.sqrt(np.mean(centred**2) + 1e-7)).astype(np.float32)
        clip = np.pad(clip, (0, max(0, folder.description.shortest - len(clip))))
        pieces = np.array_split(clip, -(-len(clip) // _MAX_SAMPLES))
        frames = np.concatenate([encoder.frames(piece) for piece in pieces])
        if frames.shape[1] != self._dimensions:
            raise FeatureSetError(
                f"The speech model has {frames.shape[1]} values per frame, and {self._dimensions} "
                "are needed."
            )
        return pool(frames, self._pooling)

    def _open(self) -> tuple[Folder, Encoder]:
        models = (*self._models, *load_config(None, SslSettings, NAME).model)
        hint = (
            f"Set the variable {VARIABLE} to its folder, or ssl.model in features.yaml of a "
            "pipeline."
        )
        if self.file is None or not models:
            raise FeatureSetError(
                "The feature set 'ssl' needs a speech model, and none is named.", hint=hint
            )
        found = []
        for model in models:
            folder = describe(find_folder(model))
            if folder.sha256 == self.file.sha256:
                return folder, _encoder(folder.sha256, _parse(self.file)[0], str(folder.path))
            found.append(f"{model} has {folder.sha256}")
        raise FeatureSetError(
            f"The feature set 'ssl' needs the speech model with the checksum {self.file.sha256}; "
            f"{', '.join(found)}.",
            hint=hint,
        )


@lru_cache(maxsize=4)
def _encoder(sha256: str, layer: int, path: str) -> Encoder:
    """Load a model once; the checksum is part of the key, so that another content is loaded."""
    folder = describe(find_folder(path))
    if folder.sha256 != sha256:
        raise FeatureSetError(f"The files of {path} have changed.", hint="Run the command again.")
    return Encoder(folder, layer)


def _parse(file: ModelFile) -> tuple[int, str]:
    match = re.fullmatch(r"layer(\d{1,3})/(mean|mean_std|max)", file.output)
    if match is None or file.runtime != "transformers":
        raise FeatureSetError(f"{file.output!r} is no layer and pooling of a speech model.")
    return int(match[1]), match[2]


SET: Final = Ssl(None, _BASE, "mean")
