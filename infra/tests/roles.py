"""Creates the roles of an environment in a simulated AWS, and names resources for requests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra.offline.aws.client import REGION, Aws, simulated_aws
from infra.offline.terraform.applied import Applied, make_applicable
from infra.offline.terraform.mirror import Mirror, copy_of

ACCOUNT: Final = "123456789012"
GITHUB: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
NAME: Final = "vocalbaby-staging"
BUCKETS: Final = {item: f"{NAME}-{item}-{ACCOUNT}" for item in ("models", "artifacts", "logs")}
WORKFLOWS: Final = ("ci", "drift", "release", "deploy")
JOBS: Final = ("server", "drift", "monitoring", *(f"github-{item}" for item in WORKFLOWS))


def arn(service: str, name: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{name}"


def s3_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


#: ARNs of resources by name. Those that start with "other" do not belong to the environment. Those
#: of "another instance" belong to a second instance of it in the same account and region.
RESOURCES: Final[Mapping[str, str]] = {
    "models": s3_arn(BUCKETS["models"]),
    "a model": s3_arn(f"{BUCKETS['models']}/models/1/manifest.json"),
    "a new model": s3_arn(f"{BUCKETS['models']}/models/2/manifest.json"),
    "a channel": s3_arn(f"{BUCKETS['models']}/channels/production.json"),
    "artifacts": s3_arn(BUCKETS["artifacts"]),
    "a release": s3_arn(f"{BUCKETS['artifacts']}/releases/1/server.pex"),
    "a new release": s3_arn(f"{BUCKETS['artifacts']}/releases/2/server.pex"),
    "a drift report": s3_arn(f"{BUCKETS['artifacts']}/drift/latest.json"),
    "a file of DVC": s3_arn(f"{BUCKETS['artifacts']}/dvc/00/1"),
    "logs": s3_arn(BUCKETS["logs"]),
    "predictions": s3_arn(f"{BUCKETS['logs']}/predictions/1.jsonl"),
    "access logs": s3_arn(f"{BUCKETS['logs']}/load-balancer/1.log"),
    "state": s3_arn("vocalbaby-terraform"),
    "its state": s3_arn("vocalbaby-terraform/staging/terraform.tfstate"),
    "its lock": s3_arn("vocalbaby-terraform/staging/terraform.tfstate.tflock"),
    "other state": s3_arn("vocalbaby-terraform/production/terraform.tfstate"),
    "another instance's state": s3_arn("vocalbaby-terraform/staging-west/terraform.tfstate"),
    "other bucket": s3_arn(f"vocalbaby-production-models-{ACCOUNT}"),
    "other object": s3_arn(f"vocalbaby-production-models-{ACCOUNT}/channels/production.json"),
    "another instance's object": s3_arn(f"{NAME}-west-models-{ACCOUNT}/channels/production.json"),
    "the server's secret": arn("ssm", f"parameter/{NAME}/server/api-keys"),
    "monitoring's secret": arn("ssm", f"parameter/{NAME}/monitoring/grafana-password"),
    "other secret": arn("ssm", "parameter/vocalbaby-production/server/api-keys"),
    "another instance's secret": arn("ssm", f"parameter/{NAME}-west/server/api-keys"),
    "Amazon Linux": f"arn:aws:ssm:{REGION}::parameter/aws/service/ami-amazon-linux-latest/x",
    "images": arn("ecr", f"repository/{NAME}/server"),
    "other images": arn("ecr", "repository/vocalbaby-production/server"),
    "another instance's images": arn("ecr", f"repository/{NAME}-west/server"),
    "the servers": arn("autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{NAME}-server"),
    "another instance's servers": arn(
        "autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{NAME}-west-server"
    ),
    "other servers": arn("autoscaling", "autoScalingGroup:1:autoScalingGroupName/other"),
    "the template": arn("ec2", "launch-template/lt-1"),
    "other template": arn("ec2", "launch-template/lt-2"),
    "another instance's template": arn("ec2", "launch-template/lt-3"),
    "a new instance": arn("ec2", "instance/*"),
    "an instance without a template": arn("ec2", "instance/*"),
    "other instance": arn("ec2", "instance/i-1"),
    "the server's role": arn("iam", f"role/{NAME}-server", region=""),
    "monitoring's role": arn("iam", f"role/{NAME}-monitoring", region=""),
    "other role": arn("iam", "role/admin", region=""),
    "another instance's role": arn("iam", f"role/{NAME}-west-server", region=""),
}


@contextmanager
def account_of_roles(applying: Mirror, folder: Path, **more: Any) -> Iterator[Aws]:
    """Apply the module ``iam`` to a simulated AWS while the block runs.

    Args:
        applying: Terraform with a provider that can apply.
        folder: The folder for the copy.
        more: Additional variables of the module.
    """
    with simulated_aws() as aws:
        folder = copy_of("modules/iam", folder)
        make_applicable(folder, aws)
        part = Applied(folder, applying, aws)
        part.set(
            name=NAME,
            bucket_arns={name: s3_arn(bucket) for name, bucket in BUCKETS.items()},
            repository_arns=[RESOURCES["images"]],
            parameter_prefix=f"/{NAME}",
            github_repository="owner/vocalbaby",
            github_environment="staging",
            github_oidc_provider_arn=GITHUB,
            state={"bucket": "vocalbaby-terraform", "key": "staging/terraform.tfstate"},
            **more,
        )
        applying.init(folder)
        part.apply()
        yield aws
