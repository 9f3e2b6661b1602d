"""Evidence: what was heard in a recording, in a file that grows block by block.

`vocalbaby.segmentation.evidence_layout` describes the file. Blocks are only appended. A block
that is cut or damaged, and all after it, count as not heard.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.exception import DataError, DataNotFoundError
from vocalbaby.segmentation.config import SLOT
from vocalbaby.segmentation.evidence_layout import (
    BLOCK_SAMPLES,
    LAST,
    MAX_HEADER,
    Block,
    EvidenceHeader,
    block_dtype,
    checksum,
    header_bytes,
    read_header,
)

__all__ = ["Evidence", "EvidenceWriter"]


class Evidence:
    """The evidence of a recording, read from its file as needed.

    Args:
        path: The file.

    Attributes:
        path: The file.
        header: What it was made from.
        offset: Bytes of the file before the first block.
        dtype: Layout of a block.
        n_blocks: Blocks that are whole.
        n_samples: Samples that were heard, at 16 kHz.
        complete: Whether the whole recording was heard.

    Raises:
        DataNotFoundError: There is no such file, or it cannot be read.
        DataError: It is no evidence, or of another version.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio, inference
        >>> noise = np.random.default_rng(0).normal(0, 0.01, 160_000)
        >>> data = audio.wav_bytes(noise, 16_000)
        >>> timeline = inference.segment(data, evidence="noise.evidence")
        >>> evidence = Evidence("noise.evidence")
        >>> evidence.complete, evidence.duration_s, evidence.n_slots, evidence.n_blocks
        (True, 10.0, 1000, 1)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            with self.path.open("rb") as stream:
                self.header, self.offset = read_header(stream.read(MAX_HEADER), self.path)
        except OSError as error:
            raise DataNotFoundError(f"{path} cannot be read: {error.strerror}.") from error
        self.dtype = block_dtype(self.header)
        self.n_blocks = self.n_samples = 0
        self.complete = False
        for block in self.blocks(_limit=None):
            if checksum(block) != block["check"] or block["number"] != self.n_blocks:
                break
            self.n_blocks += 1
            self.n_samples += int(block["n_samples"])
            if block["flags"] & LAST:
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
        """Read consecutive blocks.

        Args:
            first: Number of the first block.
            count: How many; fewer are returned where there are fewer.

        Returns:
            A structured array, shape (n,), with the fields ``level`` (int16, 0.01 dB re full scale,
            (3000,)), ``voicing`` (uint8, (3000,)), ``novelty`` (float32, (n_windows,)) and
            ``logits`` (float32, (n_windows, n_classes)).
        """
        count = max(0, min(count, self.n_blocks - first))
        offset = self.offset + first * self.dtype.itemsize
        return np.fromfile(self.path, self.dtype, count, offset=offset)

    def blocks(self, first: int = 0, *, _limit: int | None = -1) -> Iterator[Any]:
        """Yield blocks one at a time.

        Args:
            first: Number of the first block.

        Yields:
            Each a structured scalar with the fields that `read` describes.
        """
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
            data = header_bytes(header)
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
        block["flags"] = LAST if heard.last else 0
        block["level"], block["voicing"] = heard.level, heard.voicing
        block["novelty"], block["logits"] = heard.novelty, heard.logits
        if heard.listener is not None:
            block["listener"] = heard.listener
        block["check"] = checksum(block)
        self._stream.write(block.tobytes())
        self._stream.flush()
        self._number += 1


def _difference(found: EvidenceHeader, wanted: EvidenceHeader) -> str:
    old, new = (json.loads(header.model_dump_json()) for header in (found, wanted))
    names = [name.replace("_", " ") for name in new | old if old.get(name) != new.get(name)]
    return f"another {names[0]}" if len(names) == 1 else f"other {', '.join(names)}"
