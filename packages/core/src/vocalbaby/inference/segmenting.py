"""Segments of recordings of any length."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vocalbaby import audio, segmentation
from vocalbaby.audio import Defect, Recording
from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.timeline import Segment, Tier, Timeline
from vocalbaby.exception import ConfigError
from vocalbaby.features.embedding.listener import Listener
from vocalbaby.inference.clock_times import clock_of_name
from vocalbaby.inference.given_segments import classify_given, is_long
from vocalbaby.inference.loading import Model, resolve
from vocalbaby.inference.predictor import Predictor
from vocalbaby.segmentation import Evidence, PatchListener, SegmentationConfig
from vocalbaby.utils.checked_json import read_checked, write_checked

__all__ = [
    "QUALITY_TIER",
    "ProgressCallback",
    "identity_of",
    "load_listener",
    "quality_path",
    "segment",
]

#: Bytes at the begin, in the middle and at the end of a file that distinguish it from others.
_PART: Final = 2**16

#: Tier of the defects of a recording.
QUALITY_TIER: Final = "quality"

Source: TypeAlias = str | Path | bytes | BinaryIO
#: Seconds that are done, and those of the recording, None where its header does not say.
ProgressCallback: TypeAlias = Callable[[float, float | None], None]


def segment(  # noqa: PLR0913 - options of a run
    recording: Source,
    *,
    model: Model = None,
    config: SegmentationConfig | None = None,
    evidence: str | Path | None = None,
    progress: ProgressCallback | None = None,
    given: Iterable[Segment] | None = None,
    name: str | None = None,
    listener: PatchListener | str | Path | None = None,
    identity: str | None = None,
) -> Timeline:
    """Find and classify the vocalizations in a recording of any length.

    The recording is heard once, in constant memory, into a file of evidence, from which the
    segments are made. A run that was interrupted goes on with the same file and gives the same
    segments; a run with other settings of the second pass does not hear the sound again.

    Args:
        recording: Path, bytes, or a binary file that can seek.
        model: A predictor that `load` returned, or the folder or zip
            of a bundle; None means the built-in model.
        config: Settings of the segmentation.
        evidence: The file of evidence; None means a temporary one.
        progress: Called with the seconds that are done and, where the header says it, those of
            the recording. It may raise to cancel; the evidence remains.
        given: Segments of the key child that another tool has found: they are classified, and
            none are looked for.
        name: Name of the recording; by default that of its file without the suffix.
        listener: A pretrained classifier of everyday sounds that hears the recording as well: a
            ``.tflite`` or ONNX file of YAMNet, or what `load_listener` returned.
        identity: What tells the recording from another one, where the caller knows it; by default
            it is found by reading parts of a file, or all of a stream.

    Returns:
        A timeline with the tiers ``infant`` (labels Canonical, Non-canonical, Crying, Laughing),
        ``junk`` (other sound) and ``quality`` (defects of the recording). Segments of the first
        two have the probabilities of all classes. The clock time is that in the name, if any.

    Raises:
        DataNotFoundError: There is no such file, or it may not be read.
        AudioError: The recording cannot be decoded at all, or holds no samples.
        DataError: The evidence is of another recording, model or settings.
        BundleError: The model cannot be used.
        FeatureSetError: The file of the listener, or the package for it, cannot be used.
        ConfigError: Both `given` and `listener` are there.

    Examples:
        >>> import numpy as np
        >>> from vocalbaby import audio, inference
        >>> sound = np.random.default_rng(0).normal(0, 0.001, 160_000).astype(np.float32)
        >>> sound[48_000:64_000] = 0
        >>> timeline = inference.segment(audio.wav_bytes(sound, 16_000))
        >>> timeline.duration_s, [tier.name for tier in timeline.tiers]
        (10.0, ['infant', 'junk', 'quality'])
        >>> [(s.onset_s, s.offset_s, s.label) for s in timeline.segments if s.tier == "quality"]
        [(3.0, 4.0, 'digital_silence')]
    """
    predictor = resolve(model)
    config = config or SegmentationConfig()
    if given is not None and listener is not None:
        raise ConfigError(
            "Given segments are not heard by a listener.", hint="Leave out one of the two."
        )
    if isinstance(listener, str | Path):
        listener = load_listener(listener)
    found: list[Segment]
    with ExitStack() as stack:
        if evidence is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vocalbaby-"))
            evidence = Path(folder) / "recording.evidence"
        path = Path(evidence)
        if given is None:
            heard, quality = _hear(recording, predictor, config, path, progress, listener, identity)
            found = list(segmentation.decode(heard, config))
        else:
            found, quality = _classify(
                recording, predictor, config, path, progress, list(given), identity
            )
    found += [
        Segment(d.onset_s, d.offset_s, d.kind, tier=QUALITY_TIER, attributes={"message": d.message})
        for d in quality.defects
    ]
    name = name or _name_of(recording)
    return Timeline(
        recording_id=name,
        segments=tuple(sorted(found, key=lambda each: (each.onset_s, each.offset_s))),
        duration_s=quality.duration_s,
        clock_start=clock_of_name(name.rpartition("/")[2]),
        tiers=tuple(map(Tier, (segmentation.INFANT_TIER, segmentation.JUNK_TIER, QUALITY_TIER))),
        attributes={
            "model_version": predictor.version,
            **({"listener_sha256": listener.sha256} if listener else {}),
        },
    )


def load_listener(path: str | Path) -> Listener:
    """Load the file of a listener once, to use it for several recordings.

    Args:
        path: A ``.tflite`` or ONNX file of YAMNet, which needs the extra ``litert`` or ``onnx``.

    Returns:
        The listener, for the argument ``listener`` of `segment`.

    Raises:
        FeatureSetError: The file cannot be read or used, or the package that evaluates it is not
            installed.

    Examples:
        >>> from vocalbaby import inference
        >>> inference.load_listener("missing.tflite")
        Traceback (most recent call last):
        vocalbaby.exception.FeatureSetError: The model file missing.tflite cannot be read: ...
    """
    return Listener.load(path)


@dataclass(frozen=True, slots=True)
class _Quality:
    """Length and defects of a recording, in a file beside the evidence.

    They are known when the recording has been read to its end, so that evidence that is
    complete needs no decoding.
    """

    duration_s: float
    defects: tuple[Defect, ...]

    @classmethod
    def read(cls, path: Path, source: str) -> "_Quality | None":
        """Read the file; None if it is missing, damaged or of another recording."""
        values = read_checked(path)
        if values is None or values.get("source") != source:
            return None
        return cls(values["duration_s"], tuple(Defect(**each) for each in values["defects"]))

    def write(self, path: Path, source: str) -> None:
        """Write the file, as a whole."""
        write_checked(path, {"source": source, **asdict(self)})


def quality_path(evidence: Path) -> Path:
    """Return the file of length and defects that belongs to a file of evidence."""
    return evidence.with_name(f"{evidence.name}.quality.json")


def _hear(
    source: Source,
    predictor: Predictor,
    config: SegmentationConfig,
    path: Path,
    progress: ProgressCallback | None,
    listener: PatchListener | None = None,
    identity: str | None = None,
) -> tuple[Evidence, _Quality]:
    """Return the evidence of a recording, what was known of it and what is new."""
    identity, beside = identity or identity_of(source), quality_path(path)
    header = segmentation.header_of(predictor, config.hearing, identity, listener)
    quality = _Quality.read(beside, identity)
    if quality and path.exists() and path.stat().st_size:
        known = Evidence(path)
        if known.complete and known.header == header:
            return known, quality
    with audio.open_recording(source) as recording:
        blocks = recording.blocks()
        heard = segmentation.hear(
            blocks,
            predictor,
            config.hearing,
            path,
            source=identity,
            progress=_seconds(progress, recording),
            listener=listener,
        )
        for _ in blocks:  # what is behind complete evidence has defects as well
            pass
        quality = _Quality(recording.duration_s, recording.defects)
    quality.write(beside, identity)
    return heard, quality


def _classify(
    source: Source,
    predictor: Predictor,
    config: SegmentationConfig,
    path: Path,
    progress: ProgressCallback | None,
    given: list[Segment],
    identity: str | None = None,
) -> tuple[list[Segment], _Quality]:
    """Classify given segments: each as a clip, or by evidence where it is too long for one."""
    found: list[Segment] = []
    if long := [each for each in given if is_long(each)]:
        heard, _ = _hear(source, predictor, config, path, progress, identity=identity)
        classified = segmentation.classify(heard, long, config)
        found += [replace(s, speaker=g.speaker) for s, g in zip(classified, long, strict=True)]
    with audio.open_recording(source) as recording:
        blocks = _reporting(recording.blocks(), _seconds(progress, recording))
        short = [each for each in given if not is_long(each)]
        found += classify_given(blocks, predictor, short)
        return found, _Quality(recording.duration_s, recording.defects)


def _seconds(
    progress: ProgressCallback | None, recording: Recording
) -> Callable[[float], None] | None:
    if progress is None:
        return None
    return lambda done_s: progress(done_s, recording.duration_hint_s)


def _reporting(
    blocks: Iterable[NDArray[np.float32]], progress: Callable[[float], None] | None
) -> Iterator[NDArray[np.float32]]:
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        if progress is not None:
            progress(done / SAMPLE_RATE)


def identity_of(source: Source) -> str:
    """Return what tells a recording from another one.

    That of a file has its size, its time, and a checksum of parts of its content: recorders
    write files of one size, and copies may have one time.
    """
    digest = sha256()
    if isinstance(source, str | Path):
        try:
            status = Path(source).stat()
            with Path(source).open("rb") as stream:
                for start in (0, status.st_size // 2, status.st_size - _PART):
                    stream.seek(max(0, start))
                    digest.update(stream.read(_PART))
        except (OSError, ValueError):
            return ""  # opening it says what is wrong
        parts = digest.hexdigest()[:16]
        return f"{status.st_size} bytes, modified {status.st_mtime_ns} ns, parts {parts}"
    if isinstance(source, bytes):
        return f"sha256 {sha256(source).hexdigest()}"
    source.seek(0)
    while part := source.read(2**20):
        digest.update(part)
    return f"sha256 {digest.hexdigest()}"


def _name_of(source: Source) -> str:
    return Path(source).stem if isinstance(source, str | Path) else "recording"
