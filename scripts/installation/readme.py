"""Follows README.md with an installation: its blocks print what it shows, in an empty folder.

tests/guides follows it with the sources, and describes the blocks.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from typing import Final

from scripts.deploy.programs import ROOT, ScriptError
from scripts.installation.answers import TOLERANCE
from scripts.installation.environments import Environment
from tests.guides.blocks import Step, steps

__all__ = ["follow_readme", "require_output"]

_DOWNLOADS: Final = "https://raw.githubusercontent.com/vocalbaby/vocalbaby/main"
_NUMBER: Final = re.compile(r"\d+\.\d+")
_END: Final = "end of block"


def follow_readme(environment: Environment) -> str:
    """Run the blocks in one shell, as a reader does who copies them.

    Downloads come from this repository, and the service has a free port.

    Args:
        environment: With ``vocalbaby`` installed.

    Returns:
        What was done, in a few words.

    Raises:
        ScriptError: A block failed, or prints something else than the README shows.
    """
    blocks = [step for step in steps((ROOT / "README.md").read_text("utf-8")) if not step.reason]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    script = "\n".join(["set -e", *map(_command, blocks)])
    script = script.replace(_DOWNLOADS, ROOT.as_uri()).replace("8000", port)
    with tempfile.TemporaryDirectory() as home:
        environ = {"HOME": home, "PATH": f"{environment.python.parent}{os.pathsep}{os.defpath}"}
        run = subprocess.run(
            [shutil.which("bash") or "bash", "-c", script],
            cwd=home,
            env=environ | {"COLUMNS": "80", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    if run.returncode:
        raise ScriptError(f"The README's commands failed: {run.stdout}{run.stderr}")
    for block, output in zip(blocks, run.stdout.split(f"{_END}\n"), strict=False):
        if block.output is not None:
            require_output(block.output, output)
    return f"{len(blocks)} blocks of the README"


def _command(block: Step) -> str:
    code = (
        f"python - <<'PYTHON'\n{block.code}PYTHON\n" if block.language == "python" else block.code
    )
    return f"{code}echo '{_END}'"


def require_output(shown: str, output: str) -> None:
    """Compare an output with what a page shows; decimals may differ by the tolerance.

    Raises:
        ScriptError: It is another one.
    """
    numbers = [[float(number) for number in _NUMBER.findall(text)] for text in (shown, output)]
    texts = [_NUMBER.sub("#", text).split() for text in (shown, output)]
    near = len(numbers[0]) == len(numbers[1]) and all(
        abs(a - b) <= TOLERANCE for a, b in zip(*numbers, strict=True)
    )
    if texts[0] != texts[1] or not near:
        raise ScriptError(f"The README shows\n{shown}\nbut its commands print\n{output}")
