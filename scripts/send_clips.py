"""Sends synthetic clips to the service, clean or with added noise, to demonstrate drift.

    source scripts/env.sh
    python scripts/send_clips.py --clips 300              resembles the training data
    python scripts/send_clips.py --clips 300 --snr-db 10  noise, which is drift

Each seed gives other children. --seconds spreads the requests over that time.
"""

import argparse
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import numpy as np

from vocalbaby.audio import wav_bytes
from vocalbaby.audio.acoustics.noise import add_at_snr, coloured
from vocalbaby.corpora.synthetic import SyntheticConfig, generate
from vocalbaby.entity.clip import SAMPLE_RATE

__all__ = ["CLIPS_PER_CHILD", "classify", "synthetic_clips"]

CLIPS_PER_CHILD = 10
_TIMEOUT_S = 30.0


def synthetic_clips(count: int, *, seed: int, snr_db: float | None = None) -> Iterator[bytes]:
    """Generate WAV files of synthetic vocalizations, ten of each child.

    Args:
        count: Number of clips.
        seed: Seed of the random generator; the same seed gives the same clips.
        snr_db: Signal-to-noise ratio of added pink noise, in dB; None adds no noise.

    Yields:
        The content of a WAV file.
    """
    rng = np.random.default_rng(seed)
    children = -(-count // CLIPS_PER_CHILD)
    config = SyntheticConfig(seed=seed, n_children=children, clips_per_child=CLIPS_PER_CHILD)
    for clip, _ in zip(generate(config), range(count), strict=False):
        samples = clip.samples
        if snr_db is not None:
            samples = add_at_snr(samples, coloured(rng, len(samples), -3.0), snr_db)
            samples /= max(1.0, float(np.abs(samples).max()))
        yield wav_bytes(samples, SAMPLE_RATE, encoding="pcm16")


def classify(url: str, clip: bytes, *, participant: str = "", key: str = "") -> str:
    """Have the service classify a clip.

    Args:
        url: Address of the service.
        clip: Content of an audio file.
        participant: Participant of the clip, who keeps to one model during a rollout.
        key: API key, if the service requires one.

    Returns:
        The label, ``abstained``, or the code of the error.

    Raises:
        urllib.error.URLError: The service does not answer.
    """
    headers = {"Content-Type": "audio/wav"}
    if participant:
        headers["X-VocalBaby-Key"] = participant
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(f"{url}/predict", clip, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            (result,) = json.load(answer)["results"]
            return result["label"] or "abstained"
    except urllib.error.HTTPError as problem:
        return str(json.load(problem)["code"])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the service")
    parser.add_argument("--key", default="", help="API key, if the service requires one")
    parser.add_argument("--clips", type=int, default=300, help="number of clips")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random generator")
    parser.add_argument("--snr-db", type=float, help="add pink noise at this signal-to-noise ratio")
    parser.add_argument(
        "--seconds", type=float, default=0.0, help="spread the requests over this time"
    )
    arguments = parser.parse_args()
    answers: Counter[str] = Counter()
    began = time.monotonic()
    clips = synthetic_clips(arguments.clips, seed=arguments.seed, snr_db=arguments.snr_db)
    for number, clip in enumerate(clips):
        time.sleep(
            max(0.0, began + number * arguments.seconds / arguments.clips - time.monotonic())
        )
        child = f"child-{arguments.seed}-{number // CLIPS_PER_CHILD}"
        answers[classify(arguments.url, clip, participant=child, key=arguments.key)] += 1
    print(", ".join(f"{count} {answer}" for answer, count in answers.most_common()))


if __name__ == "__main__":
    main()
