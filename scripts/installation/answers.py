"""What an installation says of the example recording: by command, from Python and over HTTP."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.deploy.programs import ROOT, ScriptError
from scripts.deploy.service import Service
from scripts.installation.environments import Environment

__all__ = ["CLIP", "TOLERANCE", "Answer", "by_command", "by_http", "by_python", "require_same"]

#: The example recording.
CLIP: Final = ROOT / "docs/examples/baby_cry.wav"

#: How far a probability may differ between Pythons and platforms.
TOLERANCE: Final = 1e-6

_PROGRAM: Final = """\
import json, sys
from vocalbaby import inference, kernel
(prediction,) = inference.predict(sys.argv[1])
found = {"label": prediction.label, "probabilities": prediction.probabilities}
print(json.dumps(found | {"kernel": kernel.name()}))
"""


class Answer(NamedTuple):
    """A label and the probability of each class."""

    label: str
    probabilities: dict[str, float]


def _read(found: Mapping[str, Any]) -> Answer:
    return Answer(found["label"], found["probabilities"])


def by_command(environment: Environment, clip: Path = CLIP) -> Answer:
    """What ``vocalbaby predict`` says.

    Raises:
        ScriptError: The command failed.
    """
    return _read(json.loads(environment.run("vocalbaby", "predict", str(clip), "-f", "jsonl")))


def by_python(environment: Environment, *, kernel: str = "compiled", clip: Path = CLIP) -> Answer:
    """What ``vocalbaby.inference.predict`` says, computed by ``compiled`` code or by ``numpy``.

    Raises:
        ScriptError: The program failed, or something else computed.
    """
    environ = {"VOCALBABY_KERNEL": "numpy"} if kernel == "numpy" else {}
    found = json.loads(environment.run_python(_PROGRAM, str(clip), environ=environ))
    if found["kernel"] != kernel:
        raise ScriptError(f"the kernel is {found['kernel']}, not {kernel}")
    return _read(found)


def by_http(environment: Environment, clip: Path = CLIP) -> Answer:
    """What a service on a free port of the loopback address answers to ``POST /predict``.

    Raises:
        ScriptError: The service did not start or refused the recording.
    """
    output = ""
    with environment.running("vocalbaby-serve", "--host", "127.0.0.1", "--port", "0") as process:
        for line in process.stdout or ():
            output += line
            if "startup complete" in line:
                break
        address = re.search(r"http://127\.0\.0\.1:\d+", output)
        if "startup complete" not in output or not address:
            raise ScriptError(f"the service did not start:\n{output}")
        reply = Service(address[0]).classify(clip.read_bytes())
    if reply.status != 200:
        raise ScriptError(f"the service answered {reply.status}: {reply.text}")
    (found,) = reply.json()["results"]
    return _read(found)


def require_same(answers: Mapping[str, Answer], tolerance: float = TOLERANCE) -> None:
    """Check that all answers have the label and the probabilities of the first one.

    Args:
        answers: Who said it -> what was said.
        tolerance: How far a probability may differ; 0 for bit-identical values.

    Raises:
        ScriptError: One does not; the message has both.

    Examples:
        >>> require_same({"a": Answer("Junk", {"Junk": 1.0}), "b": Answer("Junk", {"Junk": 1.0})})
    """
    (name, first), *others = answers.items()
    for other, answer in others:
        same = answer.label == first.label and answer.probabilities.keys() == (
            first.probabilities.keys()
        )
        if not same or any(
            not abs(answer.probabilities[one] - value) <= tolerance
            for one, value in first.probabilities.items()
        ):
            raise ScriptError(f"{other} says {answer}, and {name} says {first}")
