"""Evidence: what was heard in a recording, in a file that grows block by block.

The file is a header and blocks of constant length, all numbers little-endian:

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

Blocks are only appended. A block that is cut or damaged, and all after it, count as not heard.
"""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import SerializerFunctionWrapHandler, ValidationError, model_serializer

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.segmentation.config import BLOCK_PATCHES, BLOCK_SLOTS, SLOT, HearingConfig

__all__ = [
    "BLOCK_SAMPLES",
    "Block",
    "Evidence",
    "EvidenceHeader",
    "EvidenceWriter",
    "ListenerRecord",
    "block_dtype",
]

_MAGIC: Final = b"VBEV"
_VERSION: Final = 1
_ALIGNMENT: Final = 64
_MAX_HEADER: Final = 2**20
_LAST: Final = 1

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


def _checksum(block: NDArray[Any]) -> int:
    return zlib.crc32(block.tobytes()[4:])


class Evidence:
    """The evidence of a recording, read from its file as needed.

    Attributes:
        path: The file.
        header: What it was made from.
        n_blocks: Blocks that are whole.
        n_samples: Samples that were heard, at 16 kHz.
        complete: Whether the whole recording was heard.

    Raises:
        DataNotFoundError: There is no such file, or it cannot be read.
        DataError: It is no evidence, or of another version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            with self.path.open("rb") as stream:
                self.header, self.offset = _read_header(stream.read(_MAX_HEADER), self.path)
        except OSError as error:
            raise DataNotFoundError(f"{path} cannot be read: {error.strerror}.") from error
        self.dtype = block_dtype(self.header)
        self.n_blocks = self.n_samples = 0
        self.complete = False
        for block in self.blocks(_limit=None):
            if _checksum(block) != block["check"] or block["number"] != self.n_blocks:
                break
            self.n_blocks += 1
            self.n_samples += int(block["n_samples"])
            if block["flags"] & _LAST:
                self.complete = True
                break
            if block["n_samples"] != BLOCK_SAMPLES:
                raise DataError(f"{path} is no evidence: a block within it is short.")

    @property
    def duration_s(self) -> float:
        """Seconds that were heard."""
        return self.n_samples / SAMPLE_RATE

    @property
    def n_slots(self) -> int:
        """Slots of 10 ms that were heard; the last one may be a part."""
        return -(-self.n_samples // SLOT)

    @property
    def end(self) -> int:
        """Length of the file up to the last whole block, in bytes."""
        return self.offset + self.n_blocks * self.dtype.itemsize

    def read(self, first: int, count: int) -> NDArray[Any]:
        """Return blocks as a structured array, as many as there are of those."""
        count = max(0, min(count, self.n_blocks - first))
        offset = self.offset + first * self.dtype.itemsize
        return np.fromfile(self.path, self.dtype, count, offset=offset)

    def blocks(self, first: int = 0, *, _limit: int | None = -1) -> Iterator[Any]:
        """Yield the blocks from `first` on, one at a time."""
        with self.path.open("rb") as stream:
            stream.seek(self.offset + first * self.dtype.itemsize)
            number = first
            while _limit is None or number < self.n_blocks:
                data = stream.read(self.dtype.itemsize)
                if len(data) < self.dtype.itemsize:
                    return
                yield np.frombuffer(data, self.dtype)[0]
                number += 1


class EvidenceWriter:
    """Appends to evidence, and begins or continues its file.

    Args:
        path: The file.
        header: What the evidence is made from.

    Raises:
        DataError: The file holds evidence of another recording, model or setting, or is
            something else.
        OSError: The file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], header: EvidenceHeader) -> None:
        self.path = Path(path)
        self.header = header
        self.dtype = block_dtype(header)
        if not self._usable():
            data = _header_bytes(header)
            partial = self.path.with_name(f"{self.path.name}.new")
            partial.write_bytes(data)
            partial.replace(self.path)
        self.evidence = Evidence(self.path)
        if self.evidence.header != header:
            raise DataError(
                f"{path} is evidence of {_difference(self.evidence.header, header)}.",
                hint="Delete it, or name another file.",
            )
        self._number = self.evidence.n_blocks
        self._stream = self.path.open("r+b")
        self._stream.truncate(self.evidence.end)
        self._stream.seek(self.evidence.end)

    def _usable(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def append(self, heard: Block) -> None:
        """Append a block."""
        block = np.zeros((), self.dtype)
        block["number"], block["n_samples"] = self._number, heard.n_samples
        block["flags"] = _LAST if heard.last else 0
        block["level"], block["voicing"] = heard.level, heard.voicing
        block["novelty"], block["logits"] = heard.novelty, heard.logits
        if heard.listener is not None:
            block["listener"] = heard.listener
        block["check"] = _checksum(block)
        self._stream.write(block.tobytes())
        self._stream.flush()
        self._number += 1


def _header_bytes(header: EvidenceHeader) -> bytes:
    data = header.model_dump_json().encode()
    data += b" " * (-(16 + len(data)) % _ALIGNMENT)
    numbers = np.array([_VERSION, len(data), zlib.crc32(data)], "<u4")
    return _MAGIC + numbers.tobytes() + data


def _read_header(data: bytes, path: Path) -> tuple[EvidenceHeader, int]:
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


def _difference(found: EvidenceHeader, wanted: EvidenceHeader) -> str:
    old, new = (json.loads(header.model_dump_json()) for header in (found, wanted))
    names = [name.replace("_", " ") for name in new | old if old.get(name) != new.get(name)]
    return f"another {names[0]}" if len(names) == 1 else f"other {', '.join(names)}"
