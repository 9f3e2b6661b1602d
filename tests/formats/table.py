"""Measures how every format of every encoder is read, and writes the table of docs/formats.md.

    python -m tests.formats.table

writes the page anew; test_formats.py fails if it is not up to date.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.formats.encoders import ENCODERS, Encoder, encode, signals
from vocalbaby.audio import open_stream
from vocalbaby.exception import AudioError, EmptyAudioError, UnreadableAudioError

__all__ = ["PAGE", "Row", "measure", "page", "render"]

PAGE: Final = Path("docs/formats.md")
_BEGIN: Final = "<!-- Written by tests/formats/table.py. -->\n"
_END: Final = "<!-- End. -->\n"
#: One step of 16-bit audio.
_STEP: Final = 2.0**-15
#: Where a file is cut, as a share of its bytes.
_CUTS: Final = (0.5, 0.83)

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """What was found about one encoder.

    Attributes:
        encoder: Which.
        refusal: Why the format is not read, or None.
        steps: Largest difference to the reference in steps of 16-bit audio.
        frames: Largest difference of the length to that of the reference and to that of the sound
            that was encoded, in frames, whichever is smaller.
        false_alarms: How many whole files were said to be cut.
        cuts: How many cut files there were.
        reported: How many of them were refused or said to be cut.
        invented: How many cut files gave samples that the whole file does not have.
    """

    encoder: Encoder
    refusal: str | None = None
    steps: float = 0.0
    frames: int = 0
    false_alarms: int = 0
    cuts: int = 0
    reported: int = 0
    invented: int = 0

    @property
    def faults(self) -> list[str]:
        """What is wrong with the row, in words."""
        found = []
        if self.refusal:
            found.append(self.refusal)
        if self.steps > (0.0 if self.encoder.lossless else 1.0):
            found.append(f"differs by {self.steps:.3g} steps")
        if self.frames > self.encoder.padding:
            found.append(f"the length differs by {self.frames} frames")
        if self.false_alarms:
            found.append(f"{self.false_alarms} whole files are said to be cut")
        if self.encoder.length and self.reported < self.cuts:
            found.append(f"{self.cuts - self.reported} of {self.cuts} cuts are not reported")
        if self.invented:
            found.append(f"{self.invented} cut files give other samples")
        return found


def measure(encoder: Encoder, folder: Path) -> Row:
    """Encode, decode and cut the sounds of an encoder in all its variants."""
    row = Row(encoder)
    for signal in signals(encoder.shapes):
        for variant in encoder.variants:
            data = encode(encoder, variant, signal, folder)
            try:
                ours, missing = _read(data)
            except UnreadableAudioError as error:
                return replace(row, refusal=error.message)
            if encoder.reference_command:
                to_file = replace(encoder, command=encoder.reference_command)
                readable = encode(to_file, variant, signal, folder)
            else:
                readable = data
            other = _decode(encoder.reference, readable, ours.shape[1], folder)
            length = min(len(ours), len(other))
            differ = np.abs(ours[:length] - other[:length]).max(initial=0.0) / _STEP
            row = replace(
                row,
                steps=max(row.steps, float(differ)),
                frames=max(row.frames, _length_error(len(ours), (len(other), len(signal.frames)))),
                false_alarms=row.false_alarms + (missing is not None),
            )
            for cut in _CUTS:
                row = _add_cut(row, data[: int(cut * len(data)) | 1], ours)
    return row


def _length_error(found: int, right: tuple[int, int]) -> int:
    """Return the difference to the length of the reference or of the sound that was encoded.

    ffmpeg gives Ogg Vorbis another end than the sound that was encoded had.
    """
    return min(abs(found - length) for length in right)


def _add_cut(row: Row, data: bytes, whole: Samples) -> Row:
    row = replace(row, cuts=row.cuts + 1)
    try:
        samples, missing = _read(data)
    except AudioError:
        return replace(row, reported=row.reported + 1)
    same = np.array_equal(samples, whole[: len(samples)]) or not row.encoder.lossless
    return replace(
        row, reported=row.reported + (missing is not None), invented=row.invented + (not same)
    )


def _read(data: bytes) -> tuple[Samples, str | None]:
    with open_stream(data) as stream:
        blocks = [*stream.blocks()]
        if not blocks:
            raise EmptyAudioError("no samples", hint="")
        return np.concatenate(blocks), stream.missing


def _decode(program: str, data: bytes, channels: int, folder: Path) -> Samples:
    path = folder / "decoded"
    path.write_bytes(data)
    command = {
        "ffmpeg": f"ffmpeg -v error -i {path} -f f32le -",
        "ffmpeg with libopus": f"ffmpeg -v error -c:a libopus -i {path} -f f32le -",
        "sox": f"sox -t wav {path} -t f32 -",
        "lame": f"lame --quiet --decode {path} {folder / 'decoded.wav'}",
    }[program].split()
    done = subprocess.run(command, capture_output=True, check=True)
    if program == "lame":
        decoded: Samples = soundfile.read(folder / "decoded.wav", dtype="float32", always_2d=True)[
            0
        ]
        return decoded
    return np.frombuffer(done.stdout, "<f4").reshape(-1, channels)


def render(rows: list[Row]) -> str:
    """Return the table in Markdown."""
    lines = [
        "| format | written by | samples | length | a cut file |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> Iterator[str]:
    encoder = row.encoder
    yield encoder.format
    yield encoder.program
    if row.refusal:
        yield from ("not read", "", "")
        return
    other = ", of the same encoding to a file" if encoder.reference_command else ""
    reference = encoder.reference + other
    exact = "identical to" if row.steps == 0 else "within one step of 16 bits of"
    yield f"{exact} {reference}" if row.steps <= 1 else f"{row.steps:.2g} steps from {reference}"
    if row.frames and encoder.padding:
        yield f"right, or up to {row.frames} frames of padding more"
    else:
        yield f"differs by {row.frames} frames" if row.frames else "right"
    if row.reported == row.cuts:
        yield "reported"
    elif encoder.length:
        yield f"reported of {row.reported} of {row.cuts}"
    else:
        yield "cannot be known: the file gives no length"


def page(text: str, table: str) -> str:
    """Return a page whose table is replaced."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + "\n" + table + "\n" + _END + rest.split(_END)[1]


def main() -> None:
    """Write the table of the page anew."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(encoder, Path(folder)) for encoder in ENCODERS]
    for row in rows:
        if row.faults:
            sys.stderr.write(f"{row.encoder.format}, {row.encoder.program}: {row.faults}\n")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), render(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
