"""Releases are stored once, found again, and verified before they are deployed."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.delivery.commands import stand_in
from tests.delivery.release.workplace import BUCKET, Workplace

#: Where the PEX is: Pants packages the first for this test, `./pants package` the second.
PEX = [Path("apps.server/server.pex"), Path("dist/apps.server/server.pex")]


@pytest.fixture
def released(workplace: Workplace) -> tuple[str, str]:
    """URI and checksum of an object in the bucket."""
    uri = f"{BUCKET}/releases/{workplace.version}/server.pex"
    (workplace.root / "file").write_bytes(b"content")
    workplace.run("scripts/put_once.sh", "file", uri)
    return uri, hashlib.sha256(b"content").hexdigest()


def test_a_released_pex_has_a_checksum_and_a_bill_of_materials(workplace: Workplace) -> None:
    (pex,) = [path for path in PEX if path.exists()][:1]
    shutil.copy(pex, workplace.packed / "server")
    sha256 = hashlib.sha256(pex.read_bytes()).hexdigest()
    folder = f"{BUCKET}/releases/{workplace.env['VOCALBABY_RELEASE']}"
    line = f"{folder}/server.pex {sha256}\n"
    assert workplace.run("scripts/release_pex.sh", BUCKET, "server").stdout == line
    assert hashlib.sha256(workplace.read(f"{folder}/server.pex")).hexdigest() == sha256
    assert workplace.read(f"{folder}/server.pex.sha256").decode() == f"{sha256}  server.pex\n"

    packages = json.loads(workplace.read(f"{folder}/server.cdx.json"))
    assert (packages["bomFormat"], packages["specVersion"]) == ("CycloneDX", "1.6")
    found = {(of["name"].lower().replace("_", "-"), of["version"]) for of in packages["components"]}
    lock = Path("3rdparty/python/default.txt").read_text(encoding="utf-8")
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)(?:\[.*\])?==([^ ;\\]+)", lock))
    assert {name for name, _ in found} >= {"fastapi", "numpy", "boto3", "uvicorn"}
    assert {name for name, _ in found - locked} == {"vocalbaby-kernel"}
    assert all(
        of["licenses"] and of["purl"].startswith("pkg:pypi/") for of in packages["components"]
    )

    find = ("scripts/release_find.sh", BUCKET, workplace.env["VOCALBABY_RELEASE"])
    assert workplace.run(*find).stdout == line
    # A workflow run that failed later may be repeated with the same content.
    assert workplace.run("scripts/release_pex.sh", BUCKET, "server").stdout == line


def test_rejects_other_content_under_a_released_name(
    workplace: Workplace, released: tuple[str, str]
) -> None:
    uri, _ = released
    workplace.run("scripts/put_once.sh", "file", uri)  # the same content again is accepted
    (workplace.root / "file").write_bytes(b"other")
    output = workplace.run("scripts/put_once.sh", "file", uri, expect=1).stderr
    assert "exists with other content; a version is written once" in output
    assert workplace.read(uri) == b"content"


def test_reports_a_release_that_does_not_exist(workplace: Workplace) -> None:
    assert (
        "there is no release 9.9.9"
        in workplace.run("scripts/release_find.sh", BUCKET, "9.9.9", expect=1).stderr
    )
    workplace.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    output = workplace.run("scripts/release_find.sh", BUCKET, "9.9.9", expect=1).stderr
    assert "cannot read" in output
    assert "there is no release" not in output
    workplace.run("scripts/release_find.sh", BUCKET, "../1", expect=2)
    workplace.run("scripts/release_pex.sh", "artifacts", expect=1)
    workplace.run("scripts/release_pex.sh", BUCKET, "browser", expect=1)


def test_the_monitoring_configuration_is_reproducible(workplace: Workplace) -> None:
    first = workplace.run("scripts/release_monitoring.sh", BUCKET).stdout
    assert workplace.run("scripts/release_monitoring.sh", BUCKET).stdout == first
    uri, sha256 = first.split()
    assert hashlib.sha256(workplace.read(uri)).hexdigest() == sha256
    kept = (
        workplace.root / "dist/release/monitoring.tar.gz"
    ).read_bytes()  # the workflow signs its provenance
    assert hashlib.sha256(kept).hexdigest() == sha256


def test_verifies_the_provenance_of_a_pex(workplace: Workplace, released: tuple[str, str]) -> None:
    calls = stand_in(workplace.programs, "gh", '[[ "$(cat "$3")" == content ]]')
    workplace.run("scripts/release_verify.sh", "owner/vocalbaby", *released)
    (call,) = calls.read_text().splitlines()
    assert re.fullmatch(
        r"attestation verify \S+/server\.pex --repo owner/vocalbaby"
        r" --signer-workflow owner/vocalbaby/\.github/workflows/release\.yml"
        r" --source-ref refs/heads/main",
        call,
    )


def test_verifies_the_provenance_of_an_image_by_its_digest(workplace: Workplace) -> None:
    calls = stand_in(workplace.programs, "gh", "")
    repository = "1.dkr.ecr.eu-central-1.amazonaws.com/server"
    image = f"{repository}@sha256:{'a' * 64}"
    workplace.run("scripts/release_verify.sh", "owner/vocalbaby", image)
    assert f"attestation verify oci://{image} --repo owner/vocalbaby" in calls.read_text()
    workplace.run("scripts/release_verify.sh", "owner/vocalbaby", repository, expect=1)


def test_rejects_a_pex_that_others_built(workplace: Workplace, released: tuple[str, str]) -> None:
    calls = stand_in(workplace.programs, "gh", "exit 1")
    verify = ("scripts/release_verify.sh", "owner/vocalbaby")
    output = workplace.run(*verify, *released, expect=1).stderr
    assert "no provenance of owner/vocalbaby's release workflow" in output
    calls.write_text("")
    output = workplace.run(*verify, released[0], "0" * 64, expect=1).stderr
    assert "does not have the sha256" in output
    assert calls.read_text() == ""
