"""Running the command without installing it: ``uvx`` and ``pipx run``."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from scripts.deploy.programs import ROOT, output_of
from scripts.installation.answers import CLIP, Answer, require_same
from scripts.installation.archives import one_of_dist
from scripts.installation.environments import DIST, REFRESH

__all__ = ["check_runners"]


def check_runners(work: Path, answers: Mapping[str, Answer]) -> str:
    """Check that ``uvx`` and ``pipx run`` with the umbrella's wheel give the same answer.

    Args:
        work: Folder for their environments.
        answers: Those of the installations.

    Raises:
        ScriptError: One fails or gives another answer.
    """
    wheel = one_of_dist("vocalbaby-*.whl")
    pipx = Path(output_of(ROOT / "scripts/tool.sh", "wheels").strip()) / "pipx"
    os.environ.update(PIPX_HOME=str(work / "pipx"), UV_TOOL_DIR=str(work / "uv"))
    predict = ("vocalbaby", "predict", CLIP, "--format", "jsonl")
    uvx = (ROOT / "scripts/uv.sh", "--quiet", "tool", "run", "--python", "3.11")
    found = {
        "uvx": output_of(*uvx, *REFRESH, "--from", wheel, "--find-links", DIST, *predict),
        "pipx": output_of(
            pipx, "run", "--pip-args", f"--find-links {DIST}", "--spec", wheel, *predict
        ),
    }
    lines = {name: json.loads(text) for name, text in found.items()}
    given = {name: Answer(of["label"], of["probabilities"]) for name, of in lines.items()}
    require_same({**answers, **given})
    return "the same label"
