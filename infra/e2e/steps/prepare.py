"""Builds what the test deploys, and starts what stands in for AWS."""

import random
import socket
from typing import Final

from infra.e2e.cleanup import BRIDGE
from infra.e2e.session import Session
from infra.e2e.steps.step import Step

__all__ = ["STEPS"]

#: The network of staging.
_SUBNET: Final = "10.40.0.0/16"
_GATEWAY: Final = "10.40.0.1"


def build(session: Session) -> None:
    """Start a Docker engine, and build the releases' PEX and the image of the instances.

    The long builds run at the same time. The steps that publish releases find them built.
    """
    _exclude_from_proxy(session)
    session.shell.export(PANTS_CONFIG_FILES="pants.ci.toml")
    session.shell.set(gateway=_GATEWAY, subnet=_SUBNET, bridge=BRIDGE)
    session.start("pants-setup", "./pants --version")
    session.run(
        """
        engine="$(infra/offline/docker/engine.sh start "$work/engine" \
          --insecure-registry "$gateway/32")"
        eval "$engine"
        docker network create --subnet "$subnet" --gateway "$gateway" \
          --opt "com.docker.network.bridge.name=$bridge" vpc >/dev/null
        aws_cli="$(dirname "$(scripts/tool.sh aws)")"
        infra="$(scripts/tool.sh infra)"
        """
    )
    session.report("a separate Docker engine runs, with the network of the VPC")
    session.run(
        """
        infra/offline/docker/debian_image.sh python:3.11-slim-bookworm python3 python3-venv \
          python3-yaml busybox
        """
    )
    session.wait("pants-setup")
    session.start("pants", "./pants package apps/server apps/server/image")
    session.start("environment", "scripts/env.sh && scripts/tool.sh sbom")
    session.run(
        """
        infra/offline/docker/debian_image.sh vocalbaby-e2e/debian:12 systemd-sysv dbus python3 \
          docker.io curl ca-certificates iproute2 procps
        docker build --quiet --network host --tag vocalbaby-e2e/instance:1 \
          infra/offline/instances/image >"$work/instance-image.log" 2>&1
        """
    )
    session.wait("pants")
    session.wait("environment")
    session.run('pex_bytes="$(stat --format %s dist/apps.server/server.pex)"')
    session.report("PEX: {pex_bytes} bytes; image of the instances: Debian with systemd")


def _exclude_from_proxy(session: Session) -> None:
    """Exclude the simulated network from the proxy, if there is one.

    This comes before the build, whose cached results depend on the environment.
    """
    environ = session.shell.environ
    if any(
        environ.get(name) for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    ):
        direct = ",".join(filter(None, ("127.0.0.1", _GATEWAY, _SUBNET, environ.get("NO_PROXY"))))
        session.shell.export(NO_PROXY=direct, no_proxy=direct)


def start_aws(session: Session) -> None:
    """Start the simulated AWS, and a registry that stands in for ECR."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        session.shell.environ.pop(name, None)
    port, registry_port, balancer_port = (_free_port() for _ in range(3))
    session.shell.set(port=port, registry_port=registry_port, balancer_port=balancer_port)
    session.shell.export(
        AWS_ACCESS_KEY_ID="simulated",
        AWS_SECRET_ACCESS_KEY="simulated",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_PAGER="",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
    )
    session.run("export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1")
    session.start(
        "aws", 'exec "$infra/python" -m infra.offline.aws.network_server "$port" "$gateway"'
    )
    (session.work / "registry.yml").write_text(
        "version: 0.1\n"
        f"storage: {{filesystem: {{rootdirectory: {session.work}/registry}}}}\n"
        f'http: {{addr: "{_GATEWAY}:{registry_port}"}}\n'
    )
    session.start("registry", 'exec docker-registry serve "$work/registry.yml"')
    session.expect(
        "the simulated AWS answers",
        r"^123456789012$",
        "aws sts get-caller-identity --query Account --output text",
    )
    session.expect("the registry answers", r"^\{\}$", 'get "http://$gateway:$registry_port/v2/"')


def _free_port() -> int:
    """Return a free port below the range from which the kernel assigns ports."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


STEPS: Final = (
    Step("Docker engine, packages, build", build),
    Step("The simulated AWS and a registry", start_aws),
)
