"""Every step of a workflow is a script or a Pants goal, which a person can run as well."""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from scripts.deploy.refresh import RefreshLimits
from scripts.deploy.rollout_watch import WatchOptions
from scripts.deploy.smoke_test import READY_SECONDS
from scripts.installation.pythons import SUPPORTED
from tests.delivery.commands import run

WORKFLOWS = sorted(Path(".github/workflows").glob("*.yml"))
GOALS = {"check", "lint", "package", "run", "tailor", "test"}
#: What steps may run besides scripts and goals.
SHELL = {"echo"}


class Step(NamedTuple):
    """A line that a job runs, and the variables that it has."""

    workflow: str
    job: str
    line: str
    env: dict[str, str]


def loaded(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps() -> Iterator[Step]:
    for path in WORKFLOWS:
        workflow = loaded(path)
        for name, job in workflow["jobs"].items():
            for step in job["steps"]:
                env = workflow.get("env", {}) | job.get("env", {}) | step.get("env", {})
                for line in step.get("run", "").splitlines():
                    yield Step(path.name, name, line, env)


STEPS = list(steps())


def test_finds_the_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} >= {
        "ci",
        "docs",
        "release",
        "deploy",
        "drift",
        "nightly",
    }
    assert len(STEPS) > 20


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.workflow}: {step.line}")
def test_each_step_is_a_script_or_a_goal(step: Step) -> None:
    words = shlex.split(step.line.removeprefix("exec ").partition(" >>")[0])
    if words[0] in SHELL:
        return
    program = Path(words[0])
    assert program.is_file()
    assert os.access(program, os.X_OK)
    if words[0] == "./pants":
        assert [word for word in words if word in GOALS]
        assert {word for word in words[1:] if word.isalpha()} <= GOALS
    else:
        assert program.parent == Path("scripts")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.workflow}: {step.line}")
def test_each_step_has_the_variables_that_it_uses(step: Step) -> None:
    named = set(re.findall(r"\$(\w+)", step.line))
    assert named <= {*step.env, "PWD", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"}


def test_every_setting_is_read() -> None:
    """A variable of this project that no script and no package reads is a mistake."""
    given = {name for step in STEPS for name in step.env if name.startswith("VOCALBABY_")}
    given -= {name for name in given if name.startswith("VOCALBABY_DRIFT_")}  # test_same_command
    assert len(given) >= 8
    sources = [*Path("scripts").glob("*.*"), *Path("scripts/deploy").glob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sources]
    texts += [path.read_text(encoding="utf-8") for path in Path("build-support").glob("*.py")]
    texts += [step.line for step in STEPS if "check_settings" not in step.line]
    read = {word for text in texts for word in re.findall(r"VOCALBABY_[A-Z_]+", text)}
    # Actions read the roles.
    given = {name for name in given if not name.endswith("_ROLE")}
    assert given - read == set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_the_head_documents_every_variable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head, _, body = text.partition("\nname:")
    used = set(re.findall(r"(?:vars|secrets)\.(\w+)", body))
    documented = set(re.findall(r"\b((?:VOCALBABY|AWS)_\w+)", head.replace("_<…>", "_STAGING")))
    documented |= {name.replace("STAGING", "PRODUCTION") for name in documented if "<…>" in head}
    assert used == documented


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_permissions_are_granted_to_each_job(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        permissions = job["permissions"]
        assert permissions["contents"] == ("write" if name == "page" else "read")
        writes = {right for right, given in permissions.items() if given == "write"} - {"contents"}
        assert writes <= {"id-token", "attestations", "pages"}
        uses = " ".join(step.get("uses", "") for step in job["steps"])
        signing = ("configure-aws", "attest-", "deploy-pages", "release_index.sh")
        assert ("id-token" in writes) == any(name in str(job["steps"]) for name in signing)
        assert ("pages" in writes) == ("deploy-pages" in uses)
        assert ("attestations" in writes) == ("attest-" in uses)


def jobs(name: str) -> dict[str, Any]:
    found: dict[str, Any] = loaded(Path(f".github/workflows/{name}.yml"))["jobs"]
    return found


def test_production_follows_staging_and_has_its_own_approval() -> None:
    deploy = jobs("deploy")
    assert deploy["production"]["needs"] == "staging"
    assert {name: job["environment"] for name, job in deploy.items()} == {
        "staging": "staging",
        "production": "production",
    }


def test_only_the_main_branch_is_released_and_deployed() -> None:
    for name in ("release", "deploy"):
        for job in jobs(name).values():
            needed = job.get("needs", [])
            assert job.get("if") == "github.ref == 'refs/heads/main'" or needed
    assert jobs("deploy")["production"]["if"]


def test_everything_released_has_provenance() -> None:
    uses = {
        name: [step for step in job["steps"] if "attest-build-provenance" in step.get("uses", "")]
        for name, job in jobs("release").items()
    }
    assert "dist/*.whl" in uses["wheels"][0]["with"]["subject-path"]
    files, *images = uses["programs"]
    # The release scripts write everything else to the last folder.
    assert files["with"]["subject-path"].split() == [
        "dist/apps.server/server.pex",
        "dist/apps.drift/drift.pex",
        "dist/release/*",
    ]
    built = [
        step for step in jobs("release")["programs"]["steps"] if "release_image.sh" in str(step)
    ]
    assert len(built) == 4
    assert [image["with"]["subject-digest"] for image in images] == [
        f"${{{{ steps.{step['id']}.outputs.digest }}}}" for step in built
    ]


def test_wheels_are_published_after_they_answered_on_every_platform() -> None:
    """The kernel's are built from the sdist that is published, for each platform."""
    release = jobs("release")
    assert release["kernel"]["needs"] == "wheels"
    assert release["installed"]["needs"] == ["wheels", "kernel"]
    assert "installed" in release["index"]["needs"]
    assert release["index"]["environment"] == "pypi"
    tested, built = (release[name]["strategy"]["matrix"]["os"] for name in ("installed", "kernel"))
    assert set(built) < set(tested)
    assert tested == jobs("ci")["install"]["strategy"]["matrix"]["os"]
    for job in (release["installed"], jobs("ci")["install"]):
        (python,) = (step for step in job["steps"] if "setup-python" in step.get("uses", ""))
        required = job["steps"][-1]["run"].split(" --require ")[1].split(",")
        assert sorted(python["with"]["python-version"].split()) == required
        assert required == list(SUPPORTED)
    uploaded = [
        step["with"]["path"] for step in release["wheels"]["steps"] if "upload" in str(step)
    ]
    assert "!dist/vocalbaby_kernel-*.whl" in uploaded[-1]


def test_deployments_are_verified_and_limited_to_the_servers() -> None:
    for job in jobs("deploy").values():
        assert job["env"]["VOCALBABY_PROVENANCE"] == "${{ github.repository }}"
        assert job["env"]["VOCALBABY_SCOPE"] == "servers"
    for name in ("deploy", "release", "drift"):
        assert (
            loaded(Path(f".github/workflows/{name}.yml"))["concurrency"]["cancel-in-progress"]
            is False
        )


def test_a_cancelled_rollout_is_rolled_back() -> None:
    for job in jobs("deploy").values():
        canaries = [step for step in job["steps"] if "deploy_canary.sh" in step.get("run", "")]
        *watched, last = canaries
        # GitHub signals the process of the step, so the script must replace the shell.
        assert all(step["run"].startswith("exec ") for step in watched)
        assert last["run"].endswith(" withdraw")
        for step in watched:
            assert f"steps.{step['id']}.outcome == 'cancelled'" in last["if"]
        assert last["if"].startswith("cancelled() && ")


def test_a_rollback_ends_before_the_job_and_its_credentials_expire() -> None:
    replacing, testing = RefreshLimits.seconds, READY_SECONDS
    watching = WatchOptions.seconds + WatchOptions.patience
    role = Path("infra/terraform/modules/iam/main.tf").read_text(encoding="utf-8")
    ((longest,),) = [re.findall(r'max_session_duration = each.key == "deploy" \? (\d+)', role)]
    for name, job in jobs("deploy").items():
        rollouts = sum("exec scripts/deploy_canary.sh" in str(step) for step in job["steps"])
        assert rollouts == {"staging": 1, "production": 2}[name]
        setting_up = 15 * 60
        needed = setting_up + 2 * (replacing + testing) + rollouts * watching
        (credentials,) = (
            step["with"]["role-duration-seconds"]
            for step in job["steps"]
            if "configure-aws-credentials" in step.get("uses", "")
        )
        assert needed <= job["timeout-minutes"] * 60 <= credentials <= int(longest)


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("deploy", "staging"),
        ("deploy", "production"),
        ("release", "programs"),
        ("drift", "drift"),
    ],
)
def test_settings_are_checked_before_anything_is_deployed(name: str, job: str) -> None:
    steps = jobs(name)[job]["steps"]
    (checked,) = (of["run"] for of in steps if "check_settings.sh" in of.get("run", ""))
    text = Path(f".github/workflows/{name}.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:vars|secrets)\.(\w+)", text)) - {"VOCALBABY_DRIFT_ROLE"}
    assert set(checked.split()[1:]) - {"VOCALBABY_PROVENANCE"} == named
    assert name != "deploy" or "VOCALBABY_PROVENANCE" in checked
    places = [steps.index(of) for of in steps if re.search("deploy_|release_|aws-actions", str(of))]
    places = places or [steps.index(of) for of in steps if "run_drift" in str(of)]
    assert steps.index(next(of for of in steps if of.get("run") == checked)) < min(places)


def test_missing_settings_are_named() -> None:
    env = {"ONE": "1", "TWO": ""}
    done = run("scripts/check_settings.sh", "ONE", "TWO", "THREE", env=env, expect=2)
    assert done.stderr == "not set: TWO\nnot set: THREE\n"
    run("scripts/check_settings.sh", "ONE", env=env)
    run("scripts/check_settings.sh", env=env, expect=2)


def test_the_long_tests_run_every_night() -> None:
    lines = [step.line for step in STEPS if step.workflow == "nightly.yml"]
    assert lines == ["scripts/nightly.sh"]
    nightly = Path("scripts/nightly.sh").read_text(encoding="utf-8")
    for script in ("test_compose.sh", "test_deployment.sh", "test_artifacts.sh"):
        assert f"\nscripts/{script}\n" in nightly
    tests = "  scripts/test_fetch_recordings.sh\n  scripts/test_transfer.sh\n"
    assert f"if [[ -d ../shared/data ]]; then\n{tests}else\n" in nightly


def test_the_ci_workflow_does_what_the_ci_script_does() -> None:
    """The workflow runs in parallel what .ci/run runs in sequence."""
    lines = " ".join(step.line for step in STEPS if step.workflow == "ci.yml")
    for part in ("tailor --check lint check ::", "test ::", "test infra::", "package ::"):
        assert part in lines
    run = Path(".ci/run").read_text(encoding="utf-8")
    assert "./pants run apps/server -- --help" in run
    assert "./pants run apps/server -- --help" in lines
    scripts = re.findall(r"\bscripts/(\w+\.sh)", run)
    nightly = Path("scripts/nightly.sh").read_text(encoding="utf-8")
    assert "test_layers.sh" in scripts
    for name in ("test", "infra"):  # tests that need Debian packages run in both
        assert jobs("ci")[name]["env"]["VOCALBABY_DEBIAN_TESTS"] == 1
        assert "scripts/ci_setup.sh" in [step.get("run") for step in jobs("ci")[name]["steps"]]
    assert "test_deployment.sh" in scripts
    assert [name for name in scripts if name not in lines and name not in nightly] == []
    assert "run_pipeline.sh" in lines
    assert "dvc repro" in Path("scripts/run_pipeline.sh").read_text(encoding="utf-8")
