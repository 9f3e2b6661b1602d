"""Debian's nginx with the configuration of infra/proxy, in front of a server in its own process."""

import json
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from string import Template
from typing import Any, Final

import httpx
import pytest

from packages.api.tests.support import wait_until

NAME: Final = "vocalbaby.example"
TEMPLATE: Final = Path("infra/proxy/vocalbaby.conf.template")
NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "nginx"

#: What nginx.conf of a distribution has around the configuration.
AROUND: Final = """
{user}
daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    {extra}
    include {folder}/vocalbaby.conf;
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Proxy:
    """A running nginx."""

    def __init__(
        self, process: subprocess.Popen[bytes], folder: Path, http: int, https: int
    ) -> None:
        self.process = process
        self.folder = folder
        self.http = http
        self.port = https
        self.trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))

    def client(self, **options: Any) -> httpx.Client:
        """A client that reaches the proxy by its name."""
        options = {"timeout": 30, "trust_env": False} | options
        transport = _ByName(verify=self.trust, limits=httpx.Limits(max_connections=None))
        return httpx.Client(base_url=f"https://{NAME}:{self.port}", transport=transport, **options)

    def connect(
        self, context: ssl.SSLContext | None = None, name: str = NAME, receive_bytes: int = 0
    ) -> ssl.SSLSocket:
        """A TLS connection; ``receive_bytes`` is the size of a small buffer for what arrives."""
        plain = socket.socket()
        plain.settimeout(20)
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.connect(("127.0.0.1", self.port))
        return (context or self.trust).wrap_socket(plain, server_hostname=name)

    def exchange(self, request: bytes) -> bytes:
        """Send bytes, and return everything that comes until the connection is closed."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def log(self) -> list[str]:
        return (self.folder / "access.log").read_text().splitlines()

    def line(self, answer: httpx.Response) -> str:
        """Wait for the line of an answer; nginx writes it afterwards."""
        number = answer.headers["x-request-id"]
        wait_until(lambda: any(line.endswith(number) for line in self.log()))
        return next(line for line in self.log() if line.endswith(number))

    def forwarded(self) -> list[str]:
        """The lines of the log of requests that have been sent to the service."""
        return [line for line in self.log() if line.split()[-2] != "-"]

    def errors(self) -> str:
        return (self.folder / "error.log").read_text()


class _ByName(httpx.HTTPTransport):
    """Connects to loopback, whatever the name in the address."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the connection is closed."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    return b"".join(pieces)


def render(**values: object) -> str:
    """The configuration with these values of its variables."""
    return Template(TEMPLATE.read_text()).safe_substitute(
        {f"VOCALBABY_{name.upper()}": value for name, value in values.items()}
    )


Nginx = Callable[..., AbstractContextManager[Proxy]]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def nginx(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Nginx:
    """Start nginx in front of addresses of servers; ``replace`` changes the configuration."""

    @contextmanager
    def start(
        *upstreams: str,
        root_path: str = "",
        operators: str = "127.0.0.1",
        extra: str = "",
        replace: dict[str, str] | None = None,
    ) -> Iterator[Proxy]:
        folder = tmp_path_factory.mktemp("nginx")
        shutil.copytree(certificate, folder, dirs_exist_ok=True)
        http, https = free_port(), free_port()
        text = render(
            name=NAME,
            upstream=upstreams[0],
            certificates=folder,
            operators=operators,
            root_path=root_path,
            http_port=f"127.0.0.1:{http}",
            https_port=f"127.0.0.1:{https}",
        )
        for before, after in {"/var/log/nginx/": f"{folder}/", **(replace or {})}.items():
            assert before in text
            text = text.replace(before, after)
        (folder / "vocalbaby.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        configuration = AROUND.format(folder=folder, user=user, extra=extra)
        (folder / "nginx.conf").write_text(configuration)
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        command += ["-e", str(folder / "error.log")]
        subprocess.run([*command, "-t"], check=True, timeout=60)
        process = subprocess.Popen(command)
        proxy = Proxy(process, folder, http, https)
        try:
            wait_until(lambda: _listens(https) and _listens(http))
            yield proxy
        finally:
            process.terminate()
            try:
                process.wait(20)
            finally:
                process.kill()

    return start


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of a response, with the members that each has."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = json.loads(answer.text)
    assert found["status"] == answer.status_code
    assert found["type"] == f"urn:vocalbaby:problem:{found['code']}"
    assert found["request_id"] == answer.headers["x-request-id"]
    return found
