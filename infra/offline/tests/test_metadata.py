"""The stand-in for the metadata service, queried by the function in the user data."""

import re
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.offline.instances.image.metadata import TOKEN, Metadata

INSTALL = Path("infra/terraform/modules/compute/install_server.sh")
ADDRESS = "http://169.254.169.254"


@pytest.fixture
def url() -> Iterator[str]:
    server = socketserver.TCPServer(("127.0.0.1", 0), Metadata)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def query(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    text = INSTALL.read_text(encoding="utf-8")
    function = re.search(r"^metadata\(\).*?^}$", text, re.MULTILINE | re.DOTALL)
    assert function
    assert ADDRESS in function[0]
    script = function[0].replace(ADDRESS, url) + '\nmetadata "$@"\n'
    command = ["bash", "-c", script, "metadata", *arguments, "--noproxy", "*"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_requires_a_token_to_return_the_instance_id(url: str) -> None:
    ttl = ("--header", "X-aws-ec2-metadata-token-ttl-seconds: 60")
    token = query(url, "api/token", "--request", "PUT", *ttl).stdout
    assert token == TOKEN
    known = ("--header", f"X-aws-ec2-metadata-token: {token}")
    assert query(url, "meta-data/instance-id", *known).stdout == socket.gethostname()
    assert query(url, "meta-data/instance-id").returncode == 22  # curl's exit code for HTTP errors
    assert query(url, "meta-data/other", *known).returncode == 22
    assert query(url, "api/token", "--request", "PUT").returncode == 22
