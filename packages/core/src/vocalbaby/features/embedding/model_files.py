"""Finding the pretrained model that a feature set needs, and loading it once verified.

The content of the file decides, never its name or place: a file is opened only if its SHA-256
is the one that the settings or the bundle give.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

from vocalbaby.entity.bundle import ModelFile
from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding import litert, onnx
from vocalbaby.utils.config import load_config

__all__ = ["VARIABLE", "EmbeddingModel", "EmbeddingSettings", "load_file", "open_model"]

Array = NDArray[np.float32]

#: The environment variable that names the file.
VARIABLE: Final = "VOCALBABY_EMBEDDING__FILE"

#: Largest file in bytes.
_MAX_BYTES: Final = 2**30
#: Bytes 4 to 7 of a ``.tflite`` file.
_TFLITE: Final = b"TFL3"


class EmbeddingModel(Protocol):
    """A pretrained model in memory; safe to share between threads."""

    def embed(self, patch: Array) -> Array:
        """Compute the embedding of one patch.

        Args:
            patch: Log-mel spectra, float32, shape (96, 64).

        Returns:
            float32, shape (n_dimensions,).
        """


_RUNTIMES: Final[dict[str, Callable[[bytes, str], EmbeddingModel]]] = {
    "litert": litert.LiteRtModel,
    "onnx": onnx.OnnxModel,
}


class EmbeddingSettings(StrictModel):
    """Settings of the machine on which embeddings are computed.

    Attributes:
        file: Path of the pretrained model. A list of paths serves bundles that need
            different files; each bundle finds its own by the checksum.
    """

    file: Annotated[
        tuple[Path, ...],
        BeforeValidator(lambda value: [value] if isinstance(value, str | Path) else value),
    ] = ()


@cache
def open_model(file: ModelFile) -> EmbeddingModel:
    """Load the pretrained model with this checksum from the paths of `EmbeddingSettings`.

    The model stays in memory. A failure does not, so the file may be put in place later.

    Raises:
        ConfigError: The setting is not valid.
        FeatureSetError: No path is set, none has this content, or the file or the package
            that evaluates it cannot be used.
    """
    return _RUNTIMES[file.runtime](_content(file), file.output)


def load_file(path: Path) -> tuple[str, EmbeddingModel]:
    """Load the pretrained model of a file that a user names, with its first output.

    Returns:
        The SHA-256 of the file, and the model.

    Raises:
        FeatureSetError: The file, or the package that evaluates it, cannot be used.
    """
    data = _read(path, "Name the file of a pretrained model.")
    runtime = "litert" if data[4:8] == _TFLITE else "onnx"
    return hashlib.sha256(data).hexdigest(), _RUNTIMES[runtime](data, "")


def _content(file: ModelFile) -> bytes:
    paths = load_config(None, EmbeddingSettings, "embedding").file
    if not paths:
        raise FeatureSetError(
            f"The feature set 'embedding' needs the model file with the SHA-256 {file.sha256}, "
            "and no file is named.",
            hint=f"Set {VARIABLE} to its path.",
        )
    found = []
    for path in paths:
        data = _read(path, f"Correct {VARIABLE}.")
        digest = hashlib.sha256(data).hexdigest()
        if digest == file.sha256:
            return data
        found.append(f"{path} has {digest}")
    raise FeatureSetError(
        f"The feature set 'embedding' needs the model file with the SHA-256 {file.sha256}; "
        f"{', '.join(found)}.",
        hint=f"Set {VARIABLE} to the path of the file that the model was trained with.",
    )


def _read(path: Path, hint: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FeatureSetError(f"{path} has more than {_MAX_BYTES} bytes.", hint=hint)
        return path.read_bytes()
    except OSError as error:
        raise FeatureSetError(
            f"The model file {path} cannot be read: {error.strerror}.", hint=hint
        ) from error
