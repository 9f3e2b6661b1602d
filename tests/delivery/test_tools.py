"""Files pass the linters of their formats, and the linters find errors in damaged copies."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

COMMANDS = Path(sys.executable).parent
WORKFLOWS = sorted(Path(".github/workflows").glob("*.yml"))
OVERLAYS = sorted(Path("infra/kubernetes").glob("*/overlays/*"))
CRONTABS = sorted(Path("infra/cron").iterdir())
DOCKERFILES = sorted(Path().glob("**/Dockerfile"))


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a locked tool, or a program on PATH where no tool has that name."""
    name, *arguments = map(str, command)
    locked = COMMANDS / name
    argv = [str(locked) if locked.exists() else name, *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def accepted(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def damaged(path: Path, old: str, new: str, folder: Path) -> Path:
    """A copy in which a text was replaced."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    copy = folder / path.name
    copy.write_text(text.replace(old, new), encoding="utf-8")
    return copy


def test_finds_the_files() -> None:
    assert WORKFLOWS
    assert CRONTABS
    assert len(OVERLAYS) >= 2
    assert len(DOCKERFILES) >= 2


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_workflows_are_valid(path: Path, tmp_path: Path) -> None:
    accepted(run("actionlint", "-shellcheck=", path))
    assert run("actionlint", damaged(path, "runs-on:", "runs-at:", tmp_path)).returncode == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_workflows_pass_the_security_audit(path: Path, tmp_path: Path) -> None:
    audit = ("zizmor", "--offline", "--no-progress", "--persona", "pedantic")
    accepted(run(*audit, path))
    loose = damaged(path, "permissions: {}", "permissions: write-all", tmp_path)
    # Above 10 it is the severity of the findings; 1 is an error of the tool.
    assert run(*audit, loose).returncode > 10


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_workflows_pin_actions_by_hash_and_have_time_limits(path: Path) -> None:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    for job in jobs:
        # The nightly tests use the service for two hours, and do much else.
        assert job["timeout-minutes"] <= (360 if path.stem == "nightly" else 120)
        for step in job["steps"]:
            assert "@" not in step.get("uses", "") or len(step["uses"].partition("@")[2]) == 40


@pytest.mark.parametrize("path", CRONTABS, ids=str)
def test_cron_accepts_the_table(path: Path, tmp_path: Path) -> None:
    accepted(run("crontab", "-n", path))
    assert run("crontab", "-n", damaged(path, "17 4 ", "67 4 ", tmp_path)).returncode == 1


def rendered(overlay: Path) -> str:
    return accepted(run("kubectl", "kustomize", overlay))


@pytest.mark.parametrize("overlay", OVERLAYS, ids=str)
def test_manifests_are_valid(overlay: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "all.yaml"
    manifest.write_text(rendered(overlay), encoding="utf-8")
    # The oldest version that is still widely used, and the newest that the tool knows.
    for version in ("1.29.0", "1.37.0"):
        accepted(run("kubernetes-validate", "--strict", "-k", version, manifest))
    (tmp_path / "damaged").mkdir()
    wrong = damaged(manifest, "concurrencyPolicy", "concurrencyPolice", tmp_path / "damaged")
    assert run("kubernetes-validate", "--strict", wrong).returncode == 1


def resources(overlay: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(rendered(overlay))


@pytest.mark.parametrize("overlay", OVERLAYS, ids=str)
def test_cron_jobs_have_restricted_privileges_and_limits(overlay: Path) -> None:
    (cron,) = (found for found in resources(overlay) if found["kind"] == "CronJob")
    (account,) = (found for found in resources(overlay) if found["kind"] == "ServiceAccount")
    spec, job = cron["spec"], cron["spec"]["jobTemplate"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] >= 600
    assert spec["successfulJobsHistoryLimit"] >= 1
    assert spec["failedJobsHistoryLimit"] >= 1
    assert job["activeDeadlineSeconds"] <= 3600
    assert job["backoffLimit"] <= 2
    pod = job["template"]["spec"]
    # Pod Security Standards, profile "restricted".
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) >= {"cpu", "memory"}
        assert not container["image"].endswith(":latest")
        assert ":" in container["image"]


def test_the_drift_job_may_only_reach_dns_s3_and_a_pushgateway() -> None:
    found = resources(Path("infra/kubernetes/drift/overlays/production"))
    (policy,) = (one["spec"] for one in found if one["kind"] == "NetworkPolicy")
    anywhere, gateway = policy["egress"]
    assert {port["port"] for port in anywhere["ports"]} == {53, 443}
    assert anywhere.keys() == {"ports"}
    assert gateway["ports"] == [{"protocol": "TCP", "port": 9091}]
    (pods,) = gateway["to"]
    assert pods["podSelector"]["matchLabels"] == {
        "app.kubernetes.io/name": "prometheus-pushgateway"
    }
    assert pods["namespaceSelector"] == {}  # in any namespace


def test_environments_share_no_location() -> None:
    places = [
        {
            value
            for found in resources(overlay)
            if found["kind"] == "ConfigMap"
            for key, value in found["data"].items()
            if key.startswith("VOCALBABY_")
        }
        for overlay in OVERLAYS
    ]
    assert all(places)
    assert not set.intersection(*places)


@pytest.mark.parametrize("path", DOCKERFILES, ids=str)
def test_dockerfiles_pass_the_linter(path: Path, tmp_path: Path) -> None:
    accepted(run("hadolint", path))
    assert run("hadolint", damaged(path, "FROM ", "FROM debian\nFROM ", tmp_path)).returncode == 1
