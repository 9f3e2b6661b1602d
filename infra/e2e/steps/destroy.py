"""Destroys the environment, and runs the service on a machine without AWS."""

from typing import Final

from infra.e2e.session import Session
from infra.e2e.steps.step import Step

__all__ = ["STEPS"]


def destroy(session: Session) -> None:
    """Destroy staging; only the buckets of the states remain in the account."""
    session.run(
        """
        VOCALBABY_ALLOW_DELETE=1 scripts/deploy_destroy.sh staging
        for snapshot in $(aws ec2 describe-snapshots --owner-ids self --output text \
          --filters Name=tag:Name,Values=vocalbaby-staging-monitoring-data \
          --query 'Snapshots[].SnapshotId'); do \
          aws ec2 delete-snapshot --snapshot-id "$snapshot"; done
        """
    )
    session.expect(
        "no snapshot of the metrics is left",
        r"^$",
        """
        aws ec2 describe-snapshots --output text \
          --filters Name=tag:Name,Values=vocalbaby-staging-monitoring-data
        """,
    )
    session.expect("no instance has a container", r"^0$", "docker ps --quiet | wc -l")
    session.run(
        "buckets=\"$(aws s3api list-buckets --query 'Buckets[].Name' --output text | xargs)\""
    )
    session.check("other buckets are left: {buckets}", '[[ $buckets == "$bucket $bucket-west" ]]')
    session.report("in the account only the buckets of the states are left")


def install_without_aws(session: Session) -> None:
    """Install the service from the PEX on a machine with systemd."""
    session.run(
        """
        "$infra/python" -m infra.offline.instances.machine machine vocalbaby-e2e/instance:1 \
          --network=vpc "--volume=$root:/srv/vocalbaby:ro" --workdir=/srv/vocalbaby
        """
    )
    session.expect(
        "the machine is up",
        "running|degraded",
        "docker exec machine systemctl is-system-running",
    )
    session.run(
        """
        docker exec machine bash -euo pipefail -c '
          install -D --mode=0755 dist/apps.server/server.pex /opt/vocalbaby/server.pex
          install --mode=0644 infra/systemd/vocalbaby-server.service /etc/systemd/system/
          systemctl daemon-reload
          systemctl enable --now vocalbaby-server
          scripts/smoke_test.sh http://127.0.0.1:8000
        '
        """
    )


STEPS: Final = (
    Step("Destroy", destroy),
    Step("Without AWS: a machine with systemd", install_without_aws),
)
