"""The folder of a speech model: found by path or by name, bounded, and identified by content.

Only weights in safetensors are accepted. ``pytorch_model.bin`` is a pickle, which could run code.
"""

import hashlib
import importlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from vocalbaby.exception import FeatureSetError
from vocalbaby.utils.extras import needs_extra

__all__ = ["Description", "Folder", "describe", "find_folder"]

_NAME: Final = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
_MAX_JSON: Final = 2**20
_MAX_WEIGHTS: Final = 8 * 2**30
_PREPROCESSOR: Final = "preprocessor_config.json"


class Description(BaseModel):
    """What ``config.json`` of a speech model says, as far as features need it.

    Attributes:
        model_type: Architecture.
        hidden_size: Number of values per frame.
        num_hidden_layers: Number of layers of the transformer.
        conv_kernel: Lengths of the convolutions in samples of their input.
        conv_stride: Their steps.

    Examples:
        >>> Description(model_type="hubert", hidden_size=768, num_hidden_layers=12).shortest
        400
    """

    model_type: Literal["hubert", "wav2vec2", "wavlm"]
    hidden_size: int = Field(ge=1, le=10_000)
    num_hidden_layers: int = Field(ge=1, le=200)
    conv_kernel: tuple[int, ...] = Field(default=(10, 3, 3, 3, 3, 2, 2), max_length=20)
    conv_stride: tuple[int, ...] = Field(default=(5, 2, 2, 2, 2, 2, 2), max_length=20)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.conv_kernel) != len(self.conv_stride):
            raise ValueError("conv_kernel and conv_stride have different lengths")
        return self

    @property
    def shortest(self) -> int:
        """Number of samples of which the convolutions make one frame."""
        n = 1
        steps = zip(self.conv_kernel, self.conv_stride, strict=True)
        for kernel, stride in reversed(list(steps)):
            n = (n - 1) * stride + kernel
        return n


class Folder(NamedTuple):
    """A speech model on disk.

    Attributes:
        path: Its folder.
        sha256: Checksum of the names and contents of the files that are read.
        description: What its ``config.json`` says.
        normalise: Whether the model expects clips of mean 0 and variance 1.
    """

    path: Path
    sha256: str
    description: Description
    normalise: bool


def find_folder(model: str) -> Path:
    """Return the folder of a model, downloading it if it is a name on Hugging Face.

    Args:
        model: Path of a folder; or ``owner/name``, or ``owner/name@revision``.

    Raises:
        FeatureSetError: There is no such folder, or the model cannot be downloaded.
        MissingExtraError: A name is given, and the extra ``huggingface`` is not installed.

    Examples:
        >>> find_folder("missing folder")
        Traceback (most recent call last):
        vocalbaby.exception.FeatureSetError: There is no speech model 'missing folder'...
    """
    if Path(model).is_dir():
        return Path(model)
    match = _NAME.fullmatch(model)
    if match is None:
        raise FeatureSetError(
            f"There is no speech model {model!r}.",
            hint="Set ssl.model to a folder with config.json and model.safetensors, or to "
            "owner/name on Hugging Face.",
        )
    with needs_extra("huggingface"):
        huggingface = importlib.import_module("huggingface_hub")
    try:
        return Path(
            huggingface.snapshot_download(
                match[1],
                revision=match[2],
                allow_patterns=["config.json", _PREPROCESSOR, "*.safetensors*"],
            )
        )
    except Exception as error:  # one class per cause, of several libraries
        raise FeatureSetError(
            f"The speech model {model!r} is no folder and cannot be downloaded: {error}",
            hint="Download it elsewhere, and set ssl.model to its folder.",
        ) from error


def describe(path: Path) -> Folder:
    """Check the files of a model and compute their checksum.

    Args:
        path: Folder of the model.

    Returns:
        The model; its weights are read for the checksum only, and not loaded.

    Raises:
        FeatureSetError: A file is missing, too large or invalid, or the weights are a pickle.

    Examples:
        >>> describe(Path("missing"))
        Traceback (most recent call last):
        vocalbaby.exception.FeatureSetError: missing has no config.json...
    """
    weights = sorted(path.glob("*.safetensors"))
    if not (path / "config.json").is_file():
        raise FeatureSetError(f"{path} has no config.json.", hint="Name the folder of a model.")
    if not weights:
        pickled = any(path.glob("*.bin")) or any(path.glob("*.pt"))
        raise FeatureSetError(
            f"{path} has no weights in safetensors"
            f"{', only pickled ones, which could run code' if pickled else ''}.",
            hint="Save the model with save_pretrained of transformers, which writes "
            "model.safetensors.",
        )
    names = ["config.json", _PREPROCESSOR, "model.safetensors.index.json"]
    files = [path / name for name in names if (path / name).is_file()] + weights
    stats = [file.stat() for file in files]
    if sum(stat.st_size for stat in stats) > _MAX_WEIGHTS:
        raise FeatureSetError(f"The weights in {path} have more than {_MAX_WEIGHTS} bytes.")
    config = _json(path / "config.json")
    try:
        description = Description.model_validate(config)
    except ValidationError as error:
        problems = "; ".join(": ".join([*map(str, p["loc"]), p["msg"]]) for p in error.errors())
        raise FeatureSetError(
            f"{path / 'config.json'} is not of a speech model that can be used: {problems}.",
            hint="Use a model of the type hubert, wav2vec2 or wavlm.",
        ) from error
    expected = _json(path / _PREPROCESSOR) if (path / _PREPROCESSOR).is_file() else {}
    if expected.get("sampling_rate", 16_000) != 16_000:
        raise FeatureSetError(
            f"The model in {path} expects {expected['sampling_rate']} Hz.",
            hint="Use a model for 16,000 Hz.",
        )
    identity = tuple((f, s.st_size, s.st_mtime_ns) for f, s in zip(files, stats, strict=True))
    normalise = bool(expected.get("do_normalize", True))
    return Folder(path, _checksum(identity), description, normalise)


@lru_cache(maxsize=16)
def _checksum(files: Sequence[tuple[Path, int, int]]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{content}  {path.name}\n".encode())
    return digest.hexdigest()


def _json(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MAX_JSON:
        raise FeatureSetError(f"{path} has more than {_MAX_JSON} bytes.")
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise FeatureSetError(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(values, dict):
        raise FeatureSetError(f"{path} is not a JSON object.")
    return values
