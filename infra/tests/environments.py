"""Environments on a simulated AWS: what the tests of a whole one begin with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.applied import Applied, make_applicable
from infra.offline.terraform.mirror import Mirror, copy_of

__all__ = ["part_of", "released", "variables"]


def part_of(part: str, folder: Path, mirror: Mirror, aws: Aws) -> Applied:
    """A part, such as ``envs/staging``, in a copy that can be applied.

    Args:
        part: Below ``infra/terraform``.
        folder: Where the copy is made.
        mirror: Terraform with a provider that applies.
        aws: The simulated AWS.
    """
    made = copy_of(part, folder)
    make_applicable(made, aws)
    return Applied(made, mirror, aws)


def released(
    file: str, sha256: str = "0" * 64, *, name: str = "vocalbaby-staging"
) -> dict[str, str]:
    """A file as the scripts that release say it: in the bucket of the instance with this name."""
    return {"uri": f"s3://{name}-artifacts-123456789012/releases/{file}", "sha256": sha256}


def variables(
    aws: Aws, made: Mapping[str, Any], *, region: str = REGION, suffix: str = ""
) -> dict[str, Any]:
    """What staging is told.

    Args:
        aws: The simulated AWS, which gets a certificate.
        made: Outputs of the bootstrap.
        region: The environment's.
        suffix: Of its name; not told when empty, as people do not.
    """
    name = "-".join(filter(None, ("vocalbaby-staging", suffix)))
    acm = aws.client("acm", region=region)
    certificate = acm.request_certificate(DomainName="vocalbaby.example")
    programs = ("prometheus", "alertmanager")
    return {
        "region": region,
        "zones": [f"{region}a", f"{region}b"],
        "certificate_arn": certificate["CertificateArn"],
        "server_artifact": {"kind": "pex", **released("1/server.pex", name=name)},
        "monitoring": {
            "configuration": released("1/monitoring.tar.gz", name=name),
            "programs": {of: released(f"{of}.tar.gz", name=name) for of in programs},
            "drift": released("1/drift.pex", name=name),
        },
        "github_repository": "owner/vocalbaby",
        "github_oidc_provider_arn": made["github_oidc_provider_arn"],
        "state_bucket": made["bucket"],
        **({"name_suffix": suffix} if suffix else {}),
    }
