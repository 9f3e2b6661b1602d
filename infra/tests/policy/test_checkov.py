"""checkov has no findings in the Terraform files, and every exception is needed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

TERRAFORM = Path(__file__).parents[2] / "terraform"
_SKIP = re.compile(r"^ *# checkov:skip=(\w+):(.*)\n", re.MULTILINE)
_FAULTS = {
    "CKV_AWS_24": """
resource "aws_security_group_rule" "planted" {
  type              = "ingress"
  description       = "SSH from the internet"
  security_group_id = "sg-0123456789abcdef0"
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["0.0.0.0/0"]
}
""",
    "CKV_AWS_20": """
resource "aws_s3_bucket_acl" "planted" {
  bucket = "planted"
  acl    = "public-read"
}

resource "aws_s3_bucket" "planted" {
  bucket = "planted"
  acl    = "public-read"
}
""",
    "CKV_AWS_63": """
resource "aws_iam_policy" "planted" {
  name   = "planted"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
""",
    "CKV_AWS_3": """
resource "aws_ebs_volume" "planted" {
  availability_zone = "eu-central-1a"
  size              = 8
  encrypted         = false
}
""",
}


def run_checkov(folder: Path) -> Mapping[str, Any]:
    """Return the report of checkov for the Terraform files of a folder."""
    command = "import sys; from checkov.main import Checkov; sys.exit(Checkov(sys.argv[1:]).run())"
    options = ["--framework", "terraform", "--skip-download", "--compact", "--output", "json"]
    done = subprocess.run(
        [sys.executable, "-c", command, *options, "--directory", str(folder)],
        stdout=subprocess.PIPE,
        check=False,
    )
    report: Mapping[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    return report


def failures(report: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return file and id of each failed check."""
    return {
        (check["file_path"].lstrip("/"), check["check_id"])
        for check in report["results"]["failed_checks"]
    }


def exceptions() -> dict[tuple[str, str], str]:
    """Return the reason of every exception by file and check."""
    return {
        (str(path.relative_to(TERRAFORM)), check): reason
        for path in TERRAFORM.rglob("*.tf")
        for check, reason in _SKIP.findall(path.read_text("utf-8"))
    }


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """The failures without the exceptions, and with planted faults."""
    folder = tmp_path_factory.mktemp("unprotected") / "terraform"
    shutil.copytree(TERRAFORM, folder, ignore=shutil.ignore_patterns(".terraform*"))
    for path in folder.rglob("*.tf"):
        path.write_text(_SKIP.sub("", path.read_text("utf-8")), "utf-8")
    for check, fault in _FAULTS.items():
        (folder / f"modules/networking/{check}.tf").write_text(fault, "utf-8")
    return failures(run_checkov(folder))


def test_there_are_no_findings() -> None:
    report = run_checkov(TERRAFORM)
    assert failures(report) == set()
    assert report["summary"]["passed"] > 500


def test_every_exception_is_explained_and_needed(unprotected: set[tuple[str, str]]) -> None:
    reasons = exceptions()
    assert [place for place, reason in reasons.items() if len(reason.split()) < 3] == []
    assert set(reasons) - unprotected == set()


@pytest.mark.parametrize("check", sorted(_FAULTS))
def test_finds_a_planted_fault(check: str, unprotected: set[tuple[str, str]]) -> None:
    assert (f"modules/networking/{check}.tf", check) in unprotected
