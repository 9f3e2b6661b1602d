"""Rolls out models and releases, with a client that sends requests throughout."""

from typing import Final

from infra.e2e.session import Session
from infra.e2e.steps.release import PEX_RUNS, has_prediction_metric
from infra.e2e.steps.step import Step

__all__ = ["STEPS"]


def roll_out_model(session: Session) -> None:
    """Roll out a second model by canary, roll it back, promote it and roll it back again."""
    session.run(
        """
        python -m infra.e2e.second_model "$work/second"
        second="$(scripts/release_bundle.sh "$models" "$work/second")"
        export VOCALBABY_WATCH_SECONDS=4
        VOCALBABY_METRICS_URL="$(metrics_url)" \
          scripts/deploy_canary.sh "$models" production "$second" 0.5
        """
    )
    session.report("half of the requests go to {second}")
    session.run('scripts/deploy_canary.sh "$models" production rollback')
    _expect_only_first_model(session, "after the rollback")
    session.run(
        """
        scripts/deploy_canary.sh "$models" production "$second" promote
        scripts/deploy_canary.sh "$models" production rollback
        """
    )
    _expect_only_first_model(session, "after promotion and rollback")


def _expect_only_first_model(session: Session, when: str) -> None:
    session.expect(
        f"{when} only {{first}} answers",
        r'"serves":\[\{"model_version":"{first}",[^]]*\}\]',
        "served",
    )


def reject_wrong_checksum(session: Session) -> None:
    """Deploy a PEX with a wrong checksum: instances reject it and the deploy is rolled back."""
    session.start(
        "client", 'exec "$infra/python" -m infra.e2e.steady_client "$VOCALBABY_URL" "$key_file"'
    )
    session.run(
        """
        VOCALBABY_FAILED_STARTS=1 scripts/deploy_apply.sh staging "$uri" "${sha256//[0-7]/8}"
        """,
        exit_code=4,
    )
    session.check(
        "no instance rejected the wrong checksum",
        """grep --quiet 'has the wrong checksum' "$work"/instances/*/install.log""",
    )
    session.report("the instance rejected a PEX with a wrong checksum")


def upgrade_and_return(session: Session) -> None:
    """Upgrade to the image, and return to the PEX; no request of the client may fail."""
    session.run('scripts/deploy_apply.sh staging "$image"')
    session.expect("systemd runs the image by its digest", "{image}", "unit_command")
    has_prediction_metric(session)
    session.run(
        """
        release="$(scripts/release_version.sh)"
        read -r uri sha256 < <(scripts/release_find.sh "$artifacts" "$release")
        scripts/deploy_apply.sh staging "$uri" "$sha256"
        """
    )
    session.expect("systemd runs the PEX again", PEX_RUNS, "unit_command")
    session.stop("client")
    session.report(f"a client meanwhile: {session.log('client')}")


def add_api_key(session: Session) -> None:
    """Add a second API key; renewed instances accept it."""
    session.run(
        """
        python3.11 dist/apps.server/server.pex new-key second --file "$work/api-keys" \
          >"$work/second-key"
        aws ssm put-parameter --overwrite --type SecureString \
          --name /vocalbaby-staging/server/api-keys --value "file://$work/api-keys" \
          >"$work/parameter.log"
        aws autoscaling start-instance-refresh \
          --auto-scaling-group-name vocalbaby-staging-server >"$work/refresh.log"
        """
    )
    session.expect(
        "a renewed instance accepts the second key",
        "smoke test: predict: ",
        'scripts/smoke_test.sh "$VOCALBABY_URL" "$work/second-key"',
    )
    session.expect(
        "the instance refresh is complete",
        r"^Successful$",
        """
        aws autoscaling describe-instance-refreshes \
          --auto-scaling-group-name vocalbaby-staging-server \
          --query 'InstanceRefreshes[0].Status' --output text
        """,
    )


STEPS: Final = (
    Step("Roll out a second model by canary, and roll it back", roll_out_model),
    Step("A release with a wrong checksum is rolled back", reject_wrong_checksum),
    Step("Upgrade to the image, and return to the release before", upgrade_and_return),
    Step("A second API key", add_api_key),
)
