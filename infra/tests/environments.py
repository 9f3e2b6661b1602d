"""Sets up whole environments in a simulated AWS, for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.offline.aws.client import REGION, Aws
from infra.offline.terraform.applied import Applied, make_applicable
from infra.offline.terraform.mirror import Mirror, copy_of

__all__ = ["part_of", "released", "variables"]


def part_of(part: str, folder: Path, mirror: Mirror, aws: Aws) -> Applied:
    """Copy a part, such as ``envs/staging``, so that it can be applied.

    Args:
        part: The path of the part below ``infra/terraform``.
        folder: The folder for the copy.
        mirror: Terraform with a provider that can apply.
        aws: The simulated AWS.
    """
    copy = copy_of(part, folder)
    make_applicable(copy, aws)
    return Applied(copy, mirror, aws)


def released(
    file: str, sha256: str = "0" * 64, *, name: str = "vocalbaby-staging"
) -> dict[str, str]:
    """Return a release as the release scripts print it, in the bucket of an environment."""
    return {"uri": f"s3://{name}-artifacts-123456789012/releases/{file}", "sha256": sha256}


def variables(
    aws: Aws, bootstrap: Mapping[str, Any], *, region: str = REGION, suffix: str = ""
) -> dict[str, Any]:
    """Return the variables of staging.

    Args:
        aws: The simulated AWS, in which a certificate is created.
        bootstrap: The outputs of the bootstrap.
        region: The region of the environment.
        suffix: The value of ``name_suffix``, which is not set if it is empty.
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
            "programs": {item: released(f"{item}.tar.gz", name=name) for item in programs},
            "drift": released("1/drift.pex", name=name),
        },
        "github_repository": "owner/vocalbaby",
        "github_oidc_provider_arn": bootstrap["github_oidc_provider_arn"],
        "state_bucket": bootstrap["bucket"],
        **({"name_suffix": suffix} if suffix else {}),
    }
