"""Releases on a simulated AWS: written once, found again, and refused when they are not ours."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from infra.offline.aws import server as simulated_aws
from tests.delivery.commands import ENVIRONMENT, run, stand_in

BUCKET = "s3://artifacts/vocalbaby"
#: Pants packs the first for this test; ./pants package packs the second.
PEX = [Path("apps.server/server.pex"), Path("dist/apps.server/server.pex")]
PANTS = """\
for target in "${@:2}"; do
  name="${target##*:}"
  mkdir -p "dist/apps.$name"
  [[ ! -f "$PACKED/$name" ]] || cp "$PACKED/$name" "dist/apps.$name/$name.pex"
done
"""


class Place(NamedTuple):
    """A copy of the repository's scripts, a simulated AWS, and a folder for programs."""

    root: Path
    programs: Path
    packed: Path
    env: dict[str, str]

    def run(self, script: str, *arguments: str | Path, expect: int = 0) -> Any:
        return run(script, *arguments, env=self.env, root=self.root, expect=expect)

    def s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.env["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="simulated",
            aws_secret_access_key="simulated",
        )

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    server = simulated_aws.serve()
    env = {
        "AWS_ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port()),
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "NO_PROXY": "127.0.0.1",
    }
    s3 = boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
    )
    s3.create_bucket(Bucket="artifacts")
    yield env
    server.stop()


@pytest.fixture
def place(aws: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    root, programs, packed = (tmp_path / name for name in ("root", "programs", "packed"))
    for folder in ("scripts", "build-support", "3rdparty/python", "dashboards/generated"):
        shutil.copytree(folder, root / folder)
    for file in ("infra/monitoring/prometheus_ec2.yml", "configs/drift.yaml"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / file)
    for name in ("server", "drift"):
        (root / "apps" / name / "image").mkdir(parents=True)
    for name in ("server", "drift"):
        (root / f"apps/{name}/image/Dockerfile").touch()
    packed.mkdir()
    stand_in(root, "pants", PANTS)
    programs.mkdir()
    name = re.sub(r"\W", "-", request.node.name)  # each test its own version
    env = {
        **aws,
        "PATH": f"{programs}:{ENVIRONMENT['PATH']}",
        "PACKED": str(packed),
        "VOCALBABY_RELEASE": name,
    }
    return Place(root, programs, packed, env)


@pytest.fixture
def put(place: Place) -> tuple[str, str]:
    """Something in the bucket, and its checksum."""
    uri = f"{BUCKET}/releases/{place.env['VOCALBABY_RELEASE']}/server.pex"
    (place.root / "file").write_bytes(b"content")
    place.run("scripts/put_once.sh", "file", uri)
    return uri, hashlib.sha256(b"content").hexdigest()


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(place: Place) -> str:
    """Make the copy a repository of one commit; returns its name."""
    del place.env["VOCALBABY_RELEASE"]
    git(place.root, "init", "--initial-branch=main")
    git(place.root, "add", ".")
    git(place.root, "commit", "-m", "all")
    return subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=place.root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def test_a_release_says_what_is_in_it(place: Place) -> None:
    (pex,) = [path for path in PEX if path.exists()][:1]
    shutil.copy(pex, place.packed / "server")
    sha256 = hashlib.sha256(pex.read_bytes()).hexdigest()
    folder = f"{BUCKET}/releases/{place.env['VOCALBABY_RELEASE']}"
    line = f"{folder}/server.pex {sha256}\n"
    assert place.run("scripts/release_pex.sh", BUCKET, "server").stdout == line
    assert hashlib.sha256(place.read(f"{folder}/server.pex")).hexdigest() == sha256
    assert place.read(f"{folder}/server.pex.sha256").decode() == f"{sha256}  server.pex\n"

    packages = json.loads(place.read(f"{folder}/server.cdx.json"))
    assert (packages["bomFormat"], packages["specVersion"]) == ("CycloneDX", "1.6")
    found = {(of["name"].lower().replace("_", "-"), of["version"]) for of in packages["components"]}
    lock = Path("3rdparty/python/default.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)(?:\[.*\])?==([^ ;\\]+)", lock))
    assert {name for name, _ in found} >= {"fastapi", "numpy", "boto3", "uvicorn"}
    assert {name for name, _ in found - locked} == {"vocalbaby-kernel"}
    assert all(
        of["licenses"] and of["purl"].startswith("pkg:pypi/") for of in packages["components"]
    )

    find = ("scripts/release_find.sh", BUCKET, place.env["VOCALBABY_RELEASE"])
    assert place.run(*find).stdout == line
    # A run that failed later is run again: all that is put is the same.
    assert place.run("scripts/release_pex.sh", BUCKET, "server").stdout == line


def test_other_content_under_the_same_name_is_refused(place: Place, put: tuple[str, str]) -> None:
    uri, _ = put
    place.run("scripts/put_once.sh", "file", uri)  # the same again is no fault
    (place.root / "file").write_bytes(b"other")
    said = place.run("scripts/put_once.sh", "file", uri, expect=1).stderr
    assert "was released with other content; a version is written once" in said
    assert place.read(uri) == b"content"


def test_what_is_not_there_is_not_found(place: Place) -> None:
    assert (
        "there is no release 9.9.9"
        in place.run("scripts/release_find.sh", BUCKET, "9.9.9", expect=1).stderr
    )
    place.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    said = place.run("scripts/release_find.sh", BUCKET, "9.9.9", expect=1).stderr
    assert "cannot read" in said
    assert "there is no release" not in said
    place.run("scripts/release_find.sh", BUCKET, "../1", expect=2)
    place.run("scripts/release_pex.sh", "artifacts", expect=1)
    place.run("scripts/release_pex.sh", BUCKET, "browser", expect=1)


def test_a_bucket_is_emptied_of_every_version_and_mark(place: Place) -> None:
    """More of both together than one request may delete."""
    s3 = place.s3()
    s3.create_bucket(Bucket="full")
    versioned = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket="full", VersioningConfiguration=versioned)
    keys = [f"{number:04}" for number in range(600)]
    for key in keys:
        s3.put_object(Bucket="full", Key=key, Body=b"")
    for half in (keys[:300], keys[300:]):
        marked = {"Objects": [{"Key": key} for key in half]}
        s3.delete_objects(Bucket="full", Delete=marked)
    place.run("scripts/empty_bucket.sh", "full", expect=2)
    assert len(s3.list_object_versions(Bucket="full")["Versions"]) > 400
    place.env["VOCALBABY_ALLOW_DELETE"] = "1"
    place.run("scripts/empty_bucket.sh", "full")
    left = s3.list_object_versions(Bucket="full")
    assert (left.get("Versions"), left.get("DeleteMarkers")) == (None, None)


def test_what_monitoring_is_configured_with(place: Place) -> None:
    first = place.run("scripts/release_monitoring.sh", BUCKET).stdout
    assert place.run("scripts/release_monitoring.sh", BUCKET).stdout == first
    uri, sha256 = first.split()
    assert hashlib.sha256(place.read(uri)).hexdigest() == sha256
    kept = (place.root / "dist/release/monitoring.tar.gz").read_bytes()  # for its provenance
    assert hashlib.sha256(kept).hexdigest() == sha256


def test_provenance_is_asked_for(place: Place, put: tuple[str, str]) -> None:
    calls = stand_in(place.programs, "gh", '[[ "$(cat "$3")" == content ]]')
    place.run("scripts/release_verify.sh", "owner/vocalbaby", *put)
    (call,) = calls.read_text().splitlines()
    assert re.fullmatch(
        r"attestation verify \S+/server\.pex --repo owner/vocalbaby"
        r" --signer-workflow owner/vocalbaby/\.github/workflows/release\.yml"
        r" --source-ref refs/heads/main",
        call,
    )


def test_an_image_is_asked_for_by_digest(place: Place) -> None:
    calls = stand_in(place.programs, "gh", "")
    repository = "1.dkr.ecr.eu-central-1.amazonaws.com/server"
    image = f"{repository}@sha256:{'a' * 64}"
    place.run("scripts/release_verify.sh", "owner/vocalbaby", image)
    assert f"attestation verify oci://{image} --repo owner/vocalbaby" in calls.read_text()
    place.run("scripts/release_verify.sh", "owner/vocalbaby", repository, expect=1)


def test_what_others_built_is_refused(place: Place, put: tuple[str, str]) -> None:
    calls = stand_in(place.programs, "gh", "exit 1")
    said = place.run("scripts/release_verify.sh", "owner/vocalbaby", *put, expect=1).stderr
    assert "no provenance of owner/vocalbaby's release workflow" in said
    calls.write_text("")
    said = place.run(
        "scripts/release_verify.sh", "owner/vocalbaby", put[0], "0" * 64, expect=1
    ).stderr
    assert "does not have the sha256" in said
    assert calls.read_text() == ""


def test_a_version_is_of_a_commit(place: Place) -> None:
    version = re.search(r'VERSION = "(.+)"', Path("build-support/macros.py").read_text())
    assert version
    head = commit(place)
    name = "scripts/release_version.sh"
    assert place.run(name).stdout == f"{version[1]}-{head}\n"
    git(place.root, "tag", f"v{version[1]}")
    assert place.run(name).stdout == f"{version[1]}\n"
    git(place.root, "tag", "v99.0.0")
    assert "tagged" in place.run(name, expect=1).stderr
    git(place.root, "tag", "--delete", "v99.0.0", f"v{version[1]}")
    (place.root / "new").touch()
    assert "not committed" in place.run(name, expect=1).stderr
    place.env["VOCALBABY_RELEASE"] = "trial 1"
    place.run(name, expect=1)
    place.env["VOCALBABY_RELEASE"] = "trial-1"
    assert place.run(name).stdout == "trial-1\n"


def test_only_a_tagged_version_gets_a_page(place: Place) -> None:
    (place.root / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- later\n\n"
        "## [0.1.0] - 2026-01-01\n\n- now\n\n## [0.0.1]\n"
    )
    calls = stand_in(place.programs, "gh", '[[ "$2" != view || -n "${THERE:-}" ]]')
    commit(place)
    place.run("scripts/release_github.sh", "a.whl")
    assert calls.read_text() == ""
    git(place.root, "tag", "v0.1.0")
    place.run("scripts/release_github.sh", "a.whl", "b.whl")
    said = " ".join(calls.read_text().split())
    assert said == (
        "release view v0.1.0 "
        "release create v0.1.0 --verify-tag --title VocalBaby 0.1.0 --notes - now a.whl b.whl"
    )
    calls.write_text("")
    place.env["THERE"] = "1"
    place.run("scripts/release_github.sh", "a.whl")
    did = calls.read_text().splitlines()
    assert did == ["release view v0.1.0", "release upload v0.1.0 --clobber a.whl"]


def test_a_version_without_changes_gets_no_page(place: Place) -> None:
    (place.root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- later\n")
    calls = stand_in(place.programs, "gh", "")
    commit(place)
    git(place.root, "tag", "v0.1.0")
    place.run("scripts/release_github.sh", "a.whl", expect=1)
    assert calls.read_text() == ""


DOCKER = """\
case "$*" in
  login*) cat >"$(dirname "$0")/password" ;;
  run*) echo 'libc6 2.36' ;;
  pull*) [[ -z "${PULL:-}" ]] || { echo "$PULL" >&2; exit 1; } ;;
  image*Layers*vocalbaby-*) echo built ;;
  image*Layers*) echo "${THERE:-built}" ;;
  image*) printf '%s\\n' "other/server@sha256:$(printf b%.0s {1..64})" "$REPOSITORY@$DIGEST" ;;
esac
"""
UNKNOWN = "Error response from daemon: manifest for server:1 not found: manifest unknown"


def test_an_image_goes_to_ecr_under_its_version(place: Place) -> None:
    registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    repository = f"{registry}/vocalbaby-staging/server"
    digest = "sha256:" + "a" * 64
    calls = stand_in(place.programs, "docker", DOCKER)
    place.env.update(
        {
            "REPOSITORY": repository,
            "DIGEST": digest,
            "PULL": UNKNOWN,
            "GITHUB_OUTPUT": str(place.root / "output"),
        }
    )
    done = place.run("scripts/release_image.sh", repository)
    assert done.stdout == f"{repository}@{digest}\n"
    assert (place.root / "output").read_text() == f"digest={digest}\n"
    assert (place.root / "dist/release/server.packages.txt").read_text() == "libc6 2.36\n"
    target = f"{repository}:{place.env['VOCALBABY_RELEASE']}"
    did = calls.read_text().splitlines()
    assert did[0] == f"login --username AWS --password-stdin {registry}"
    assert (place.programs / "password").read_text().strip()
    assert did[1] == f"pull --quiet {target}"
    assert did[2] == f"tag vocalbaby-server:0.1.0 {target}"
    assert did[3] == f"push --quiet {target}"
    assert (place.root / "pants.calls").read_text() == "package apps/server/image\n"

    calls.write_text("")
    place.env["REPOSITORY"] = "localhost:5000/drift"
    place.run("scripts/release_image.sh", "localhost:5000/drift:7")
    assert "tag vocalbaby-drift:0.1.0 localhost:5000/drift:7\n" in calls.read_text()
    place.env["DIGEST"] = "none"
    said = place.run("scripts/release_image.sh", "localhost:5000/drift:7", expect=1).stderr
    assert "has no digest" in said
    said = place.run("scripts/release_image.sh", "localhost:5000/other:7", expect=1).stderr
    assert "must end with an image's, server or drift, not 'other'" in said


def test_an_image_is_written_once(place: Place) -> None:
    """What is there with the same content is what was released, after a run that failed later."""
    digest = "sha256:" + "a" * 64
    calls = stand_in(place.programs, "docker", DOCKER)
    place.env.update({"REPOSITORY": "localhost:5000/server", "DIGEST": digest})
    release = ("scripts/release_image.sh", "localhost:5000/server:7")
    assert place.run(*release).stdout == f"localhost:5000/server@{digest}\n"
    assert "push" not in calls.read_text()
    place.env["THERE"] = "other"
    said = place.run(*release, expect=1).stderr
    assert "was released with other content; a version is written once" in said
    del place.env["THERE"]
    place.env["PULL"] = "Error response from daemon: no basic auth credentials"
    said = place.run(*release, expect=1).stderr
    assert "is not to be known: Error response from daemon: no basic auth" in said
    assert "push" not in calls.read_text()


def test_wheels_are_those_of_this_build(place: Place) -> None:
    dist = place.root / "dist"
    dist.mkdir()
    (dist / "old-0.0.1.whl").touch()
    (place.root / "pants").write_text(
        '#!/usr/bin/env bash\necho "$*" >&2; echo new >dist/new-0.1.0.whl; touch dist/new.tar.gz\n'
    )
    done = place.run("scripts/release_wheels.sh")
    assert done.stderr == "--filter-target-type=python_distribution package ::\n"
    assert (
        done.stdout
        == f"{hashlib.sha256(b'new' + os.linesep.encode()).hexdigest()}  new-0.1.0.whl\n"
    )
