"""Sends synthetic clips to the service, as they are or with noise: to see drift found.

    source scripts/env.sh
    python scripts/send_clips.py --clips 300              resembles the training data
    python scripts/send_clips.py --clips 300 --snr-db 10  a noisy room: drifts

Clips of another seed are of other children. With --seconds they come spread over that time.
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

__all__ = ["CLIPS_PER_CHILD", "ask", "recordings"]

CLIPS_PER_CHILD = 10
_TIMEOUT_S = 30.0


def recordings(count: int, *, seed: int, snr_db: float | None = None) -> Iterator[bytes]:
    """WAV files of synthetic vocalizations, ten of each child.

    Args:
        count: How many.
        seed: Of the children; the same gives the same clips.
        snr_db: Ratio of their power to that of pink noise, which is added; None adds none.
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


def ask(url: str, clip: bytes, *, participant: str = "", key: str = "") -> str:
    """The service's answer to one clip: label, ``abstained``, or code of the problem.

    Args:
        url: Address of the service.
        clip: Any audio file.
        participant: Whose clip it is; during a rollout a participant keeps to one model.
        key: API key, where the service wants one.

    Raises:
        urllib.error.URLError: Nobody answers there.
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
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the service")
    parser.add_argument("--key", default="", help="API key, where the service wants one")
    parser.add_argument("--clips", type=int, default=300, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="of the children")
    parser.add_argument("--snr-db", type=float, help="add pink noise at this ratio")
    parser.add_argument("--seconds", type=float, default=0.0, help="spread them over this time")
    arguments = parser.parse_args()
    answers: Counter[str] = Counter()
    began = time.monotonic()
    clips = recordings(arguments.clips, seed=arguments.seed, snr_db=arguments.snr_db)
    for number, clip in enumerate(clips):
        time.sleep(
            max(0.0, began + number * arguments.seconds / arguments.clips - time.monotonic())
        )
        child = f"child-{arguments.seed}-{number // CLIPS_PER_CHILD}"
        answers[ask(arguments.url, clip, participant=child, key=arguments.key)] += 1
    print(", ".join(f"{count} {answer}" for answer, count in answers.most_common()))


if __name__ == "__main__":
    main()
