"""Prepares the account: the bucket of Terraform's state, then staging without servers."""

from typing import Final

from infra.e2e.session import Session
from infra.e2e.steps.step import Step

__all__ = ["STEPS"]


def create_environment(session: Session) -> None:
    """Apply the bootstrap and staging to copies that the simulated AWS accepts."""
    session.run(
        """
        mkdir "$work/copies"
        copies="$("$infra/python" -m infra.e2e.terraform_copies "$work/copies" "$AWS_ENDPOINT_URL")"
        eval "$copies"
        export TF_IN_AUTOMATION=1 TF_CLI_ARGS_plan=-parallelism=30 TF_CLI_ARGS_apply=-parallelism=30
        export TF_CLI_ARGS_destroy=-parallelism=30
        export VOCALBABY_STATE_BUCKET=vocalbaby-terraform-123456789012
        (
          cd "$BOOTSTRAP"
          "$root/scripts/terraform.sh" init -input=false
          "$root/scripts/terraform.sh" apply -auto-approve -input=false \
            -var "region=$AWS_REGION" -var "bucket=$VOCALBABY_STATE_BUCKET"
        ) >"$work/bootstrap.log"
        """
    )
    session.report("the bucket of Terraform's state exists")
    session.run(
        """
        domain=vocalbaby.example
        TF_VAR_certificate_arn="$(aws acm request-certificate --domain-name "$domain" \
          --validation-method DNS --idempotency-token staging --query CertificateArn --output text)"
        export TF_VAR_certificate_arn
        export TF_VAR_region="$AWS_REGION" TF_VAR_zones='["eu-central-1a","eu-central-1b"]'
        export TF_VAR_monitoring=null TF_VAR_state_bucket="$VOCALBABY_STATE_BUCKET"
        scripts/deploy_apply.sh staging none
        models="s3://$(scripts/deploy_output.sh staging bucket_names models)"
        artifacts="s3://$(scripts/deploy_output.sh staging bucket_names artifacts)"
        """
    )
    session.report("staging has its network, buckets, repositories and roles")


STEPS: Final = (
    Step("The account: Terraform's state, then staging without servers", create_environment),
)
