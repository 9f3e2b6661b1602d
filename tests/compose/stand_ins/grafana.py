"""A stand-in for Grafana: ``/api/health`` returns 200 if Grafana would find what it needs.

It reads the provisioning as Grafana does, with Debian's PyYAML: the data sources, which must
answer, the dashboards in the providers' folders, and the file with the password.
"""

import json
import os
import string
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

PROVISIONING = Path("/etc/grafana/provisioning")


def provisioned(kind: str) -> list[dict[str, Any]]:
    """The entries of every file of a kind, with environment variables substituted."""
    return [
        entry
        for file in sorted((PROVISIONING / kind).glob("*.yaml"))
        for key, entries in yaml.safe_load(
            string.Template(file.read_text()).substitute(os.environ)
        ).items()
        if key != "apiVersion"
        for entry in entries
    ]


def check() -> dict[str, Any]:
    """Read everything that Grafana needs, and return a summary.

    Raises:
        Exception: Something is missing or cannot be read.
    """
    sources = provisioned("datasources")
    for source in sources:
        urllib.request.urlopen(f"{source['url']}/-/ready", timeout=2).close()
    dashboards = [
        json.loads(file.read_text())
        for provider in provisioned("dashboards")
        for file in sorted(Path(provider["options"]["path"]).glob("*.json"))
    ]
    password = Path(os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"]).read_text().strip()
    found = {
        "database": "ok",
        "sources": [source["uid"] for source in sources],
        "dashboards": [found["uid"] for found in dashboards if found["panels"]],
        "anonymous": os.environ["GF_AUTH_ANONYMOUS_ENABLED"],
    }
    if not (found["sources"] and found["dashboards"] and password):
        raise ValueError(f"something is missing: {found}")
    Path("/var/lib/grafana/written").touch()
    return found


class Health(BaseHTTPRequestHandler):
    """Serves ``/api/health``."""

    def do_GET(self) -> None:
        """Answer ``/api/health``."""
        try:
            status, body = 200, check()
        except Exception as error:  # noqa: BLE001 - the response reports any error
            status, body = 503, {"database": "failing", "error": repr(error)}
        self.send_response(status if self.path == "/api/health" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


ThreadingHTTPServer(("", 3000), Health).serve_forever()
