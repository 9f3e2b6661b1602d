"""The inspection finds faults that are planted in the Terraform files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from infra.offline.aws.client import ZONES, Aws, simulated_aws
from infra.offline.terraform.applied import Applied, make_applicable
from infra.offline.terraform.mirror import Mirror, copy_of
from infra.tests.inspection import broad_policies, exposed_buckets, open_ingress


class Fault(NamedTuple):
    """A fault: a text in a file and its replacement."""

    file: str
    right: str
    wrong: str


FAULTS: Final = (
    # Opens the metrics port to the internet instead of to Prometheus.
    Fault(
        "networking/security.tf",
        'source_security_group_id = aws_security_group.this["monitoring"].id',
        'cidr_blocks = ["0.0.0.0/0"]',
    ),
    # Lets policies make a bucket public, and adds a public policy.
    Fault("storage/main.tf", "block_public_policy     = true", "block_public_policy = false"),
    Fault(
        "storage/main.tf",
        'sid       = "OnlyOverTLS"\n    effect    = "Deny"',
        'sid       = "Open"\n    effect    = "Allow"',
    ),
    # Allows every action on predictions, and one action on all buckets.
    Fault(
        "iam/policies.tf",
        'sid       = "AddPredictions"\n    actions   = ["s3:PutObject"]',
        'sid       = "AddPredictions"\n    actions   = ["s3:*"]',
    ),
    Fault(
        "iam/policies.tf",
        "resources = [var.bucket_arns.models, var.bucket_arns.artifacts]",
        'resources = ["*"]',
    ),
)

ROOT: Final = f"""
module "networking" {{
  source = "../modules/networking"
  name   = "faulty"
  zones  = ["{ZONES[0]}", "{ZONES[1]}"]
  nat    = "none"
}}

module "storage" {{
  source = "../modules/storage"
  name   = "faulty"
}}

module "iam" {{
  source           = "../modules/iam"
  name             = "faulty"
  bucket_arns      = module.storage.bucket_arns
  repository_arns  = ["arn:aws:ecr:eu-central-1:123456789012:repository/faulty/server"]
  parameter_prefix = "/faulty"
}}
"""


@pytest.fixture(scope="module")
def faulty(applying: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """An account that is created from files with all faults."""
    root = copy_of("faulty", tmp_path_factory.mktemp("faults"))
    for fault in FAULTS:
        _plant(root.parent / "modules", fault)
    root.mkdir()
    (root / "main.tf").write_text(ROOT)
    with simulated_aws() as aws:
        make_applicable(root, aws)
        applying.init(root)
        Applied(root, applying, aws).apply()
        yield aws


def _plant(modules: Path, fault: Fault) -> None:
    path = modules / fault.file
    text = path.read_text("utf-8")
    assert fault.right in text, f"{fault.file} no longer holds: {fault.right}"
    path.write_text(text.replace(fault.right, fault.wrong, 1), "utf-8")


def test_finds_an_open_port(faulty: Aws) -> None:
    found = open_ingress(faulty)
    assert "faulty-server: tcp 9464-9464" in found


def test_finds_open_ports_without_a_load_balancer(faulty: Aws) -> None:
    found = open_ingress(faulty)
    assert "faulty-load-balancer: tcp 443-443" in found
    assert len(found) == 3


def test_finds_a_public_bucket(faulty: Aws) -> None:
    assert exposed_buckets(faulty) == [
        f"faulty-{bucket}-123456789012: {fault}"
        for bucket in ("artifacts", "logs", "models")
        for fault in (
            "BlockPublicPolicy is off",
            "allows requests without TLS",
            "is public by Open",
        )
    ]


def test_finds_wildcards_in_policies(faulty: Aws) -> None:
    assert broad_policies(faulty) == [
        "faulty-server: allows s3:*",
        "faulty-server: allows s3:ListBucket on all resources",
    ]
