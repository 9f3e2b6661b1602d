"""Recovers from the loss of an instance, of the models, of Terraform's state and of a region."""

from typing import Final

from infra.e2e.session import Session
from infra.e2e.steps.step import Step

__all__ = ["STEPS", "serves_first_model"]


def recover_losses(session: Session) -> None:
    """Lose an instance, the models and Terraform's state one after the other."""
    _lose_instance(session)
    _lose_models(session)
    _lose_state(session)
    _find_newest_snapshot(session)


def _lose_instance(session: Session) -> None:
    session.run(
        """
        instance="$(aws autoscaling describe-auto-scaling-groups --output text \
          --auto-scaling-group-names vocalbaby-staging-server \
          --query 'AutoScalingGroups[0].Instances[0].InstanceId')"
        aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$instance" \
          --no-should-decrement-desired-capacity >"$work/terminate.log"
        """
    )
    session.expect(
        "{instance} has no container", r"^0$", 'docker ps --quiet --filter "name=$instance" | wc -l'
    )
    session.run('scripts/smoke_test.sh "$VOCALBABY_URL" "$key_file"')
    session.report("the group has another instance")


def _lose_models(session: Session) -> None:
    session.run(
        """
        backup="$work/backup"
        aws s3 sync --only-show-errors "$models" "$backup/models"
        aws s3 rm --only-show-errors --recursive "$models"
        aws s3 sync --only-show-errors "$backup/models" "$models"
        vocalbaby model list --store "$models"
        """
    )
    serves_first_model(session, "the service serves the model of the copy")


def serves_first_model(session: Session, what: str) -> None:
    """Expect that the service serves the first model, and report it as ``what``."""
    session.expect(what, '"model_version":"{first}"', "served")


def _lose_state(session: Session) -> None:
    session.run(
        """
        bucket="$VOCALBABY_STATE_BUCKET" key=staging/terraform.tfstate
        aws s3api delete-object --bucket "$bucket" --key "$key" >"$work/lost.log"
        marker="$(aws s3api list-object-versions --bucket "$bucket" --prefix "$key" \
          --query "DeleteMarkers[?IsLatest && Key=='$key'].VersionId" --output text)"
        aws s3api delete-object --bucket "$bucket" --key "$key" --version-id "$marker" \
          >"$work/back.log"
        scripts/deploy_apply.sh staging "$uri" "$sha256" 2>&1 | tee "$work/state.log"
        """
    )
    session.check(
        "the restored state differs from the lost one",
        "grep --quiet 'Resources: 0 added, 0 changed, 0 destroyed' \"$work/state.log\"",
    )


def _find_newest_snapshot(session: Session) -> None:
    """Create two snapshots, as Data Lifecycle Manager would, and find the newest one."""
    session.run(
        """
        name='{Key=Name,Value=vocalbaby-staging-monitoring-data}'
        volume="$(aws ec2 create-volume --availability-zone eu-central-1a --size 5 \
          --query VolumeId --output text)"
        for _ in older newest; do
          newest="$(aws ec2 create-snapshot --volume-id "$volume" --query SnapshotId --output text \
            --tag-specifications "ResourceType=snapshot,Tags=[$name]")"
          sleep 1
        done
        snapshot="$(aws ec2 describe-snapshots --owner-ids self --output text \
          --filters Name=status,Values=completed \
          Name=tag:Name,Values=vocalbaby-staging-monitoring-data \
          --query 'sort_by(Snapshots, &StartTime)[-1].SnapshotId')"
        """
    )
    session.check("another snapshot than the newest was found", '[[ $snapshot == "$newest" ]]')
    session.report("metrics would be restored from {snapshot}")


def recover_in_another_region(session: Session) -> None:
    """Create staging in another region while the lost one still exists, and destroy it."""
    west = session.copy()
    west.run(
        """
        unset VOCALBABY_URL
        export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 TF_VAR_region=eu-west-1
        export TF_VAR_zones='["eu-west-1a","eu-west-1b"]' TF_VAR_name_suffix=west
        export VOCALBABY_STATE_BUCKET=vocalbaby-terraform-123456789012-west
        export TF_VAR_monitoring=null TF_VAR_state_bucket="$VOCALBABY_STATE_BUCKET"
        provider="$(aws iam list-open-id-connect-providers --output text \
          --query "OpenIDConnectProviderList[?contains(Arn, 'token.actions.github')].Arn")"
        (
          cd "$BOOTSTRAP"
          "$root/scripts/terraform.sh" init -input=false
          "$root/scripts/terraform.sh" workspace select -or-create west
          "$root/scripts/terraform.sh" apply -auto-approve -input=false -var "region=$AWS_REGION" \
            -var "bucket=$VOCALBABY_STATE_BUCKET" -var "github_oidc_provider_arn=$provider"
        ) >"$work/bootstrap-west.log"
        TF_VAR_certificate_arn="$(aws acm request-certificate --domain-name "$domain" \
          --validation-method DNS --idempotency-token staging --query CertificateArn --output text)"
        export TF_VAR_certificate_arn
        scripts/deploy_apply.sh staging none
        models="s3://$(scripts/deploy_output.sh staging bucket_names models)"
        """
    )
    west.check("{models} has another name", "[[ $models == s3://vocalbaby-staging-west-* ]]")
    west.run('aws s3 sync --only-show-errors "$backup/models" "$models"')
    west.check(
        "the first model is not in {models}",
        'vocalbaby model list --store "$models" | grep --quiet "$first"',
    )
    west.run(
        """
        aws ssm put-parameter --overwrite --type SecureString \
          --name /vocalbaby-staging-west/server/api-keys --value "file://$work/api-keys" \
          >"$work/parameter.log"
        """
    )
    west.report("the recovered environment has the models of the copy")
    west.run("VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh staging")
    serves_first_model(session, "the lost environment still serves")


STEPS: Final = (
    Step("Disaster: an instance, the models and Terraform's state are lost", recover_losses),
    Step("The region is lost: staging in another one, without servers", recover_in_another_region),
)
