"""Starts a simulated AWS and gives access to it: clients, and the requests that it received."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import boto3
import requests
from botocore.config import Config

__all__ = ["REGION", "ZONES", "Aws", "Request", "simulated_aws"]

REGION: Final = "eu-central-1"
ZONES: Final = [f"{REGION}a", f"{REGION}b"]
#: The simulated AWS lets any keys do everything.
_KEYS: Final = {"aws_access_key_id": "simulated", "aws_secret_access_key": "simulated"}
_REPOSITORY: Final = Path(__file__).parents[3]


class Request(NamedTuple):
    """A request to AWS. The resource is known for requests to S3 only."""

    action: str
    resource: str | None
    region: str


class Aws(NamedTuple):
    """A simulated AWS: its address, and the file that it records requests in."""

    endpoint: str
    requests: Path = Path(os.devnull)

    def client(self, service: str, *, region: str = REGION, **credentials: str) -> Any:
        """Create a boto3 client, by default with keys that may do everything."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=region,
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
            **(credentials or _KEYS),
        )

    @contextmanager
    def recording(self) -> Iterator[set[Request]]:
        """Record the requests made while the block runs; the set is filled when it ends."""
        recorder = f"{self.endpoint}/moto-api/recorder"
        received: set[Request] = set()
        for command in ("reset", "start"):
            requests.post(f"{recorder}/{command}-recording", timeout=10).raise_for_status()
        yield received
        requests.post(f"{recorder}/stop-recording", timeout=10).raise_for_status()
        received.update(_request(json.loads(line)) for line in self.requests.open())


def _request(entry: Mapping[str, Any]) -> Request:
    headers, url = entry["headers"], urlsplit(entry["url"])
    # AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, …
    region, service = headers["Authorization"].split("/")[2:4]
    if service == "s3":
        bucket, _, key = url.path.strip("/").partition("/")
        verb = {"HEAD": "Get"}.get(entry["method"], entry["method"].capitalize())
        resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
        return Request(f"s3:{verb}Object" if key else "s3:ListBucket", resource, region)
    form = parse_qs(base64.b64decode(entry["body"]).decode())
    called = headers.get("X-Amz-Target", "").rpartition(".")[2] or form["Action"][0]
    return Request(f"{service}:{called}", None, region)


@contextmanager
def simulated_aws() -> Iterator[Aws]:
    """Run an empty simulated AWS while the block runs."""
    with TemporaryDirectory() as folder:
        record = Path(folder) / "requests"
        server = subprocess.Popen(
            [sys.executable, "-m", "infra.offline.aws.server"],
            cwd=_REPOSITORY,
            env={**os.environ, "MOTO_RECORDER_FILEPATH": str(record)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            yield Aws(server.stdout.readline().strip(), record)
        finally:
            server.terminate()
            server.wait(timeout=30)
