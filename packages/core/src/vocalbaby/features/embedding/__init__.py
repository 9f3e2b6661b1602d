"""The embedding of a pretrained model that the user brings, first of all that of YAMNet.

A set is defined by the checksum of the file and the tensor that is read; where the file lies is a
setting of the machine (`.model_files.EmbeddingSettings`). The file is loaded with the first
clip, so a set can be described without it.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vocalbaby.entity.bundle import ModelFile
from vocalbaby.entity.config import StrictModel
from vocalbaby.entity.features import Column
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.embedding import yamnet
from vocalbaby.features.embedding.log_mel import patches, scale
from vocalbaby.features.embedding.model_files import open_model

__all__ = ["NAME", "SET", "Embedding", "EmbeddingConfig"]

Array = NDArray[np.float32]

NAME: Final = "embedding"
#: Changes whenever the input of the model or the mean over patches is computed otherwise.
_METHOD: Final = "1"


class EmbeddingConfig(StrictModel):
    """The pretrained model of a training recipe; by default YAMNet.

    Attributes:
        sha256: Checksum of the file.
        runtime: ``litert`` or ``onnx``.
        output: Name of the tensor that holds the embedding.
        dimensions: Number of values in that tensor.
    """

    sha256: str = Field(default=yamnet.FILE.sha256, pattern="^[0-9a-f]{64}$")
    runtime: Literal["litert", "onnx"] = "litert"
    output: str = Field(default=yamnet.FILE.output, min_length=1, max_length=200)
    dimensions: int = Field(default=yamnet.DIMENSIONS, ge=1, le=10_000)

    def feature_set(self) -> "Embedding":
        """Return the feature set; the file need not be present."""
        file = ModelFile.model_validate(self.model_dump(exclude={"dimensions"}))
        return Embedding(file, yamnet.USED if file == yamnet.FILE else range(self.dimensions))


class Embedding:
    """Mean of the embeddings of a clip's patches.

    Args:
        file: The pretrained model.
        dimensions: Dimensions of the embedding that become columns, ascending.
    """

    name = NAME

    def __init__(self, file: ModelFile, dimensions: Sequence[int]) -> None:
        self.file = file
        tensor = hashlib.sha256(file.output.encode()).hexdigest()
        self.version = f"{_METHOD}-{file.sha256[:12]}-{tensor[:4]}"
        self._dimensions = np.array(dimensions, np.intp)
        self.columns = tuple(
            Column(
                f"{NAME}_{number:04}",
                "1",
                f"Mean over the patches of dimension {number} of the embedding.",
                NAME,
            )
            for number in dimensions
        )

    @classmethod
    def of_columns(cls, file: ModelFile, columns: Sequence[str]) -> "Embedding":
        """Return the set that has these columns.

        Raises:
            FeatureSetError: They are not columns of an embedding in ascending order.
        """
        found = [re.fullmatch(rf"{NAME}_(\d{{4}})", name) for name in columns]
        numbers = [int(match[1]) for match in found if match]
        if not columns or len(numbers) < len(columns) or numbers != sorted(set(numbers)):
            raise FeatureSetError("The columns are not those of an embedding.")
        return cls(file, numbers)

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`.

        A silent clip has NaN in every column.
        """
        result = np.full((len(clips), len(self.columns)), np.nan, np.float32)
        for row, clip in zip(result, clips, strict=True):
            scaled = scale(clip)
            if scaled is not None:
                row[:] = self._mean(scaled)
        return result

    def _mean(self, clip: Array) -> Array:
        model = open_model(self.file)
        # Patch by patch: no result depends on the batch, and the mean is of one clip only.
        embeddings = [model.embed(patch) for patch in patches(clip)]
        if embeddings[0].size <= self._dimensions[-1]:
            raise FeatureSetError(
                f"The tensor '{self.file.output}' of the model file has {embeddings[0].size} "
                f"values, and dimension {self._dimensions[-1]} is needed.",
                hint="Correct embedding.dimensions in features.yaml.",
            )
        mean: Array = np.mean(np.array(embeddings)[:, self._dimensions], axis=0, dtype=np.float64)
        return mean.astype(np.float32)


SET: Final = EmbeddingConfig().feature_set()
