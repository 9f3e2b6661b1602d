"""Publishes releases, and deploys the first one."""

from typing import Final

from infra.e2e.session import Session
from infra.e2e.steps.step import Step

__all__ = ["PEX_RUNS", "STEPS", "has_prediction_metric"]

#: The command of the unit when an instance runs the PEX.
PEX_RUNS: Final = "python3.11 /opt/vocalbaby/server.pex"


def publish(session: Session) -> None:
    """Publish an API key, the PEX, the image, the monitoring configuration and a model."""
    session.run(
        """
        key_file="$work/key"
        [[ -s "$key_file" ]] || \
          python3.11 dist/apps.server/server.pex new-key first --file "$work/api-keys" >"$key_file"
        aws ssm put-parameter --overwrite --type SecureString \
          --name /vocalbaby-staging/server/api-keys --value "file://$work/api-keys" \
          >"$work/parameter.log"
        """
    )
    session.report("the key's hash is a SecureString")
    session.run(
        """
        export VOCALBABY_RELEASE=e2e
        repository="$gateway:$registry_port/vocalbaby-staging/server"
        {
          read -r uri sha256 < <(scripts/release_pex.sh "$artifacts" server)
          image="$(scripts/release_image.sh "$repository")"
        } 2>"$work/release.log"
        scripts/release_monitoring.sh "$artifacts" >"$work/monitoring.log"
        size() { docker image inspect --format '{{.Size}}' "$1"; }
        image_bytes="$(($(size "$image") - $(size python:3.11-slim-bookworm)))"
        """
    )
    session.report("PEX: {uri} {sha256}")
    session.report("image: {image}, {image_bytes} bytes above its base")
    session.run(
        """
        source scripts/env.sh
        bundle=packages/core/src/vocalbaby/bundle/default.zip
        first="$(scripts/release_bundle.sh "$models" "$bundle")"
        scripts/deploy_canary.sh "$models" production "$first" promote
        """
    )
    session.report("model: {first} in production")


def deploy_pex(session: Session) -> None:
    """Deploy the PEX; the simulated EC2 starts an instance that installs and runs it."""
    session.run('mkdir "$work/instances"')
    session.start(
        "instances",
        """
        exec "$infra/python" -m infra.offline.instances.fleet --endpoint "$AWS_ENDPOINT_URL" \
          --inside "http://$gateway:$port" --image vocalbaby-e2e/instance:1 --network vpc \
          --folder "$work/instances" --aws-cli "$aws_cli" --port "$balancer_port"
        """,
    )
    session.run(
        """
        export VOCALBABY_URL="http://127.0.0.1:$balancer_port" VOCALBABY_KEY_FILE="$key_file"
        export VOCALBABY_SMOKE_SECONDS=120 VOCALBABY_REFRESH_EVERY=1
        scripts/deploy_apply.sh staging "$uri" "$sha256"
        """
    )
    session.expect("systemd runs the PEX", PEX_RUNS, "unit_command")
    has_prediction_metric(session)


def has_prediction_metric(session: Session) -> None:
    """Expect that a scrape of the newest instance counts a prediction."""
    session.expect(
        "a scrape of its metrics has the prediction",
        r"^vocalbaby_predictions_total\{.*\} [1-9]",
        'get "$(metrics_url)"',
    )


STEPS: Final = (
    Step("Releases: an API key, a PEX, an image, a model", publish),
    Step("Deploy the PEX; EC2 starts an instance", deploy_pex),
)
