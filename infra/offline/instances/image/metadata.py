"""Stands in for EC2's instance metadata service. The instance id is the host name.

As with IMDSv2, a client must fetch a token first.
"""

import http.server
import secrets
import socket
import socketserver

TOKEN = secrets.token_urlsafe(16)


class Metadata(http.server.BaseHTTPRequestHandler):
    """``PUT /latest/api/token``, then ``GET /latest/meta-data/instance-id``."""

    def do_PUT(self) -> None:
        """Return a token."""
        ttl = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        known = self.path == "/latest/api/token"
        self._answer(404 if not known else 200 if ttl else 400, TOKEN)

    def do_GET(self) -> None:
        """Return the instance id."""
        known = self.path == "/latest/meta-data/instance-id"
        authorized = self.headers.get("X-aws-ec2-metadata-token") == TOKEN
        self._answer(401 if not authorized else 200 if known else 404, socket.gethostname())

    def _answer(self, status: int, text: str) -> None:
        body = text.encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    # HTTPServer would resolve the name of the address before it listens.
    socketserver.TCPServer(("169.254.169.254", 80), Metadata).serve_forever()
