"""The commands of docs/monitoring.md find the planted drift and print what the page shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.live.stack import free_port

PAGE = Path("docs/monitoring.md").read_text(encoding="utf-8")
TUTORIAL = PAGE.split("## Find a planted drift\n", 1)[1].split("\n## ", 1)[0]
#: A replacement for a command that scripts/env.sh installs.
SHIM = "#!{python}\nfrom {module} import {function}\n{function}()\n"
URL, ENVIRONMENT = "http://127.0.0.1:8000", "source scripts/env.sh\n"


def masked(text: str) -> str:
    """Replace every number in a text by ``#``."""
    return re.sub(r"\d[\d.e+]*", "#", text)


def test_the_tutorial_finds_the_drift_and_prints_what_the_page_shows(tmp_path: Path) -> None:
    commands = "".join(re.findall(r"^```bash\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL))
    shown = re.findall(r"^    (\S.*)$", TUTORIAL, re.MULTILINE)
    assert (commands.count(URL), commands.count(ENVIRONMENT), len(shown)) == (1, 1, 6)

    shims, port = tmp_path / "bin", free_port()
    shims.mkdir()
    (shims / "python").symlink_to(sys.executable)
    for name, module, function in (
        ("vocalbaby-serve", "vocalbaby.cli", "serve"),
        ("vocalbaby-drift", "vocalbaby.monitoring.drift.cli", "main"),
    ):
        shim = SHIM.format(python=sys.executable, module=module, function=function)
        (shims / name).write_text(shim)
        (shims / name).chmod(0o755)
    for folder in ("configs", "scripts"):
        (tmp_path / folder).symlink_to(Path(folder).resolve())
    script = commands.replace(ENVIRONMENT, "").replace(URL, f"http://127.0.0.1:{port}")
    done = subprocess.run(
        ["bash", "-e", "-c", f"trap 'kill $(jobs -p) 2>&- || :' EXIT\n{script}"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{shims}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path),
            "VOCALBABY_API__PORT": str(port),
        },
        check=False,
        capture_output=True,
        text=True,
    )
    log = tmp_path / "watch/server.log"
    assert done.returncode == 0, done.stdout + done.stderr + log.read_text(encoding="utf-8")
    output = masked(done.stdout).splitlines()
    positions = [output.index(masked(line)) for line in shown]
    assert positions == sorted(positions)
    assert re.search(r"^drift: watch/drift/\w+/report.html$", done.stdout, re.MULTILINE)
    assert not (tmp_path / "watch").exists()
