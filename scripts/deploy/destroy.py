"""Destroys an environment with everything in it.

    VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh ENVIRONMENT

It destroys the servers and the monitoring instance, deletes every version of every object in the
environment's buckets and every image in its repositories, and then destroys the rest. Nothing
can be restored afterwards, except from backups made elsewhere; the bucket of the state remains.
A run that failed may be repeated: it continues where it stopped.

It reads the settings of scripts/deploy_apply.sh. While the load balancer is protected from
deletion, as production's is, it refuses before it changes anything.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scripts.deploy.environment import Environment
from scripts.deploy.programs import ProgramError, ScriptError, aws, run_script

__all__ = ["empty_bucket", "empty_repository", "main"]

#: What writes into the buckets is destroyed first.
_WRITERS: Final = (
    "-target=module.stack.module.compute",
    "-target=module.stack.module.monitoring",
    "-target=module.stack.module.storage.aws_s3_bucket_logging.this",
)
#: Access logs arrive late, and may fill a bucket again.
_ATTEMPTS: Final = 3


def empty_bucket(bucket: str, work: Path) -> None:
    """Delete every version of every object in a bucket, a thousand at a time.

    Args:
        bucket: Name of the bucket.
        work: Folder for temporary files.

    Raises:
        ScriptError: Some could not be deleted.
    """
    # One page holds as many versions and delete markers together as one request may delete.
    listing = ("list-object-versions", "--bucket", bucket, "--max-keys", "1000", "--no-paginate")
    while True:
        page = aws("s3api", *listing) or {}
        objects = [
            {"Key": found["Key"], "VersionId": found["VersionId"]}
            for kind in ("Versions", "DeleteMarkers")
            for found in page.get(kind) or ()
        ]
        if not objects:
            return
        request = work / "objects.json"
        request.write_text(json.dumps({"Quiet": True, "Objects": objects}), encoding="utf-8")
        deleted = aws(
            "s3api", "delete-objects", "--bucket", bucket, "--delete", f"file://{request}"
        )
        if errors := (deleted or {}).get("Errors"):
            raise ScriptError(f"{bucket} cannot be emptied: {errors[:3]}", exit_code=2)


def empty_repository(name: str, work: Path) -> None:
    """Delete every image in an ECR repository, a hundred at a time.

    Args:
        name: Name of the repository.
        work: Folder for temporary files.
    """
    listing = ("list-images", "--repository-name", name, "--max-items", "100")
    while images := aws("ecr", *listing)["imageIds"]:
        request = work / "images.json"
        request.write_text(json.dumps(images), encoding="utf-8")
        ids = ("--repository-name", name, "--image-ids", f"file://{request}")
        aws("ecr", "batch-delete-image", *ids)


def _protected(load_balancer: str) -> bool:
    """Whether a load balancer is protected from deletion; False when it does not exist."""
    found = aws("elbv2", "describe-load-balancers")["LoadBalancers"]
    arns = [of["LoadBalancerArn"] for of in found if of["LoadBalancerArn"].endswith(load_balancer)]
    for arn in arns:
        described = aws("elbv2", "describe-load-balancer-attributes", "--load-balancer-arn", arn)
        attributes = {of["Key"]: of["Value"] for of in described["Attributes"]}
        if attributes.get("deletion_protection.enabled") == "true":
            return True
    return False


def _destroy(environment: Environment, outputs: Mapping[str, Any], work: Path) -> None:
    """Destroy the environment; its outputs name the buckets and repositories to empty.

    Raises:
        ProgramError: Terraform failed, or a bucket was filled again after each attempt.
    """
    environment.destroy(*_WRITERS)
    for attempt in range(1, _ATTEMPTS + 1):
        for bucket in (outputs.get("bucket_names") or {}).values():
            empty_bucket(bucket, work)
        for url in (outputs.get("repository_urls") or {}).values():
            empty_repository(url.partition("/")[2], work)
        try:
            environment.destroy()
        except ProgramError as error:
            if "BucketNotEmpty" not in error.output or attempt == _ATTEMPTS:
                raise
            _report(f"a bucket was filled again during attempt {attempt} of {_ATTEMPTS}")
        else:
            return


def _report(message: str) -> None:
    print(f"deploy_destroy: {message}", file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    if len(arguments) != 1:
        usage = "use: VOCALBABY_ALLOW_DELETE=1 deploy_destroy.sh ENVIRONMENT"
        raise ScriptError(usage, exit_code=2)
    (name,) = arguments
    if os.environ.get("VOCALBABY_ALLOW_DELETE") != "1":
        raise ScriptError(
            f"everything in {name} would be deleted; set VOCALBABY_ALLOW_DELETE=1 to confirm", 2
        )
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        environment = Environment(name, work)
        environment.init()
        outputs = environment.outputs()
        load_balancer = outputs.get("load_balancer_arn_suffix")
        if load_balancer and _protected(load_balancer):
            raise ScriptError(
                f"the load balancer of {name} is protected from deletion, so nothing was changed: "
                "apply TF_VAR_deletion_protection=false first",
                exit_code=2,
            )
        try:
            _destroy(environment, outputs, work)
        except ProgramError as error:
            end = "\n".join(error.output.splitlines()[-30:])
            raise ScriptError(f"{name} is not destroyed: {error}\n{end}", exit_code=2) from None
    _report(f"{name} is destroyed")
    return 0


if __name__ == "__main__":
    sys.exit(run_script("deploy_destroy", main))
