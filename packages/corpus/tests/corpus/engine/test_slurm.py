"""Jobs of SLURM, with a stand-in for its programs that runs jobs on this machine."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from packages.corpus.tests.corpus.engine.helpers_runs import checksums, run, settings_of
from vocalbaby.commands.main import main
from vocalbaby.summary import SummaryConfig

# SLURM copies the script, which dask-jobqueue removes at once.
SBATCH = """\
#!/usr/bin/env bash
for script in "$@"; do :; done
copy="$(mktemp "$JOBS/XXXXXX.sh")"
cp "$script" "$copy"
setsid bash "$copy" >"$copy.log" 2>&1 &
echo "$!" >>"$JOBS/started"
echo "Submitted batch job $!"
"""
SCANCEL = """\
#!/usr/bin/env bash
for job in "$@"; do
  kill -- "-$job" 2>/dev/null
  echo "$job" >>"$JOBS/cancelled"
done
"""
OPTIONS = """\
queue: long
memory: 1GB
walltime: "00:10:00"
scheduler_options: {host: 127.0.0.1, dashboard_address: "127.0.0.1:0"}
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    folder = tmp_path / "jobs"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JOBS", str(folder))
    (folder / "options.yaml").write_text(OPTIONS, "utf-8")
    yield folder
    for job in (folder / "started").read_text("utf-8").split():
        with suppress(ProcessLookupError):
            os.killpg(int(job), signal.SIGKILL)


def test_jobs_of_slurm_make_the_same_bytes(
    archive: Path, jobs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(tmp_path, summary=SummaryConfig())
    run(archive, settings)
    out = settings_of(tmp_path / "slurm", summary=SummaryConfig())
    words = ["corpus", "run", str(archive), "--out", out.dataset, "--executor", "slurm"]
    words += ["--workers", "2", "--slurm-options", str(jobs / "options.yaml"), "--json"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code in (0, None)
    assert json.loads(capsys.readouterr().out)["heard"] == 3
    assert checksums(out) == checksums(settings)
    started = (jobs / "started").read_text("utf-8").split()
    assert len(started) == 2
    assert set((jobs / "cancelled").read_text("utf-8").split()) <= set(started)
    script = next(jobs.glob("*.sh")).read_text("utf-8")
    assert "#SBATCH -p long" in script
