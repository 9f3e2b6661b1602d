"""The layout of a file of evidence: a header, and blocks of constant length.

All numbers are little-endian:

====================  ===================================================================
header                ``VBEV``, uint32 version (1), uint32 n, uint32 CRC-32 of what follows,
                      n bytes of JSON (`EvidenceHeader`), blanks up to a multiple of 64 bytes
each block            uint32 CRC-32 of the rest, uint32 number of the block, uint32 number of
                      samples (480,000, or less in the last block), uint32 flags (1: the
                      recording ends here); then, for 3,000 slots of 10 ms, int16 level
                      (0.01 dB re full scale) and uint8 voicing (255: periodic); then, for each
                      window that begins in the block, float32 novelty and float32 logits of the
                      classes, NaN if the window was not classified; with a listener, for each
                      of 60 patches, float32 scores of its groups, NaN if it was not heard
====================  ===================================================================
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializerFunctionWrapHandler, ValidationError, model_serializer

from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import DataError
from vocalbaby.segmentation.config import BLOCK_PATCHES, BLOCK_SLOTS, SLOT, HearingConfig

__all__ = [
    "BLOCK_SAMPLES",
    "LAST",
    "MAX_HEADER",
    "Block",
    "EvidenceHeader",
    "ListenerRecord",
    "block_dtype",
    "checksum",
    "header_bytes",
    "read_header",
]

_MAGIC: Final = b"VBEV"
_VERSION: Final = 1
_ALIGNMENT: Final = 64
#: Most bytes of a header.
MAX_HEADER: Final = 2**20
#: Flag of the last block of a recording.
LAST: Final = 1
#: Samples of a block, 30 s.
BLOCK_SAMPLES: Final = BLOCK_SLOTS * SLOT


class ListenerRecord(StrictModel):
    """The listener of evidence.

    Attributes:
        sha256: Checksum of its file.
        groups: Groups of its classes.
    """

    sha256: str
    groups: tuple[str, ...]


class EvidenceHeader(StrictModel):
    """What evidence was made from; evidence of another header is not continued.

    Attributes:
        source: Identity of the recording, e.g. name, size and checksum of the file.
        model_version: Version of the model.
        classes: Classes of the logits.
        feature_set: Name and version of the features.
        novelty_threshold: Novelty above which a sound is unlike the training data.
        hearing: Settings.
        listener: The listener; None if there was none.

    Examples:
        >>> from vocalbaby import inference, segmentation
        >>> config = segmentation.HearingConfig()
        >>> header = segmentation.header_of(inference.load(), config, "day1.wav, 4 GB")
        >>> header.source, header.hearing.window_s, header.listener
        ('day1.wav, 4 GB', 0.6, None)
    """

    source: str
    model_version: str
    classes: tuple[str, ...]
    feature_set: str
    novelty_threshold: float
    hearing: HearingConfig
    listener: ListenerRecord | None = None

    @model_serializer(mode="wrap")
    def _without_missing_listener(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Evidence without a listener has the same bytes as before there were any.
        values: dict[str, Any] = serialize(self)
        return {k: value for k, value in values.items() if k != "listener" or value is not None}


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What was heard in 30 s; arrays have the full length also where the recording ends earlier.

    Attributes:
        n_samples: Samples of the recording.
        last: Whether the recording ends here.
        level: Level of each slot in 0.01 dB, int16, (3000,).
        voicing: Periodicity of each slot, 0 to 255, uint8, (3000,).
        novelty: Of each window, float32, (n_windows,).
        logits: Of each window, float32, (n_windows, n_classes).
        listener: Scores of each patch, float32, (60, n_groups); None without a listener.
    """

    n_samples: int
    last: bool
    level: NDArray[np.int16]
    voicing: NDArray[np.uint8]
    novelty: NDArray[np.float32]
    logits: NDArray[np.float32]
    listener: NDArray[np.float32] | None = None


def block_dtype(header: EvidenceHeader) -> np.dtype[Any]:
    """Return the layout of a block."""
    n, listener = header.hearing.block_windows, header.listener
    shape = (BLOCK_PATCHES, len(listener.groups)) if listener else ()
    return np.dtype(
        [
            ("check", "<u4"),
            ("number", "<u4"),
            ("n_samples", "<u4"),
            ("flags", "<u4"),
            ("level", "<i2", (BLOCK_SLOTS,)),
            ("voicing", "u1", (BLOCK_SLOTS,)),
            ("novelty", "<f4", (n,)),
            ("logits", "<f4", (n, len(header.classes))),
            *([("listener", "<f4", shape)] if listener else []),
        ]
    )


def checksum(block: NDArray[Any]) -> int:
    """Return the CRC-32 of a block, without the field that holds it."""
    return zlib.crc32(block.tobytes()[4:])


def header_bytes(header: EvidenceHeader) -> bytes:
    """Return the bytes of a file up to its first block."""
    data = header.model_dump_json().encode()
    data += b" " * (-(16 + len(data)) % _ALIGNMENT)
    numbers = np.array([_VERSION, len(data), zlib.crc32(data)], "<u4")
    return _MAGIC + numbers.tobytes() + data


def read_header(data: bytes, path: Path) -> tuple[EvidenceHeader, int]:
    """Read the header of a file.

    Args:
        data: The first bytes, up to `MAX_HEADER`.
        path: The file, for errors.

    Returns:
        The header, and the place of the first block.

    Raises:
        DataError: It is no evidence, or of another version.
    """
    if len(data) < 16 or data[:4] != _MAGIC:
        raise DataError(f"{path} is no evidence.", hint="Delete it, or name another file.")
    version, n, check = np.frombuffer(data[4:16], "<u4").tolist()
    text = data[16 : 16 + n]
    if version != _VERSION:
        raise DataError(f"{path} is evidence of version {version}, not {_VERSION}.")
    if len(text) < n or zlib.crc32(text) != check:
        raise DataError(f"{path} is damaged.", hint="Delete it.")
    try:
        return EvidenceHeader.model_validate_json(text), 16 + n
    except ValidationError as error:
        raise DataError(f"{path} is no evidence: its header is not valid.") from error
