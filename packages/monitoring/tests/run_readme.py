"""Runs the application of the README and scrapes it: ``python run_readme.py README.md``.

It imports nothing but what the application needs, so that it also runs where nothing else
is installed.
"""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any


def call(app: Any, method: str, path: str) -> str:
    """The body of the application's answer to a request without a body."""
    body = b""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal body
        assert message.get("status", 200) == 200, message
        body += message.get("body", b"")

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))
    return body.decode()


def main() -> None:
    """Run it, and fail unless the scrape shows what happened."""
    readme = Path(sys.argv[1]).read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(compile(code, sys.argv[1], "exec"), names)
    for folder in ("inbox", "work", "travel"):
        assert call(names["app"], "POST", f"/folders/{folder}/messages") == '{"label":"ham"}'
    lines = call(names["app"], "GET", "/metrics").splitlines()
    route = 'route="/folders/{folder}/messages"'
    for line in (
        f'vocalbaby_requests_total{{method="POST",{route},status="200"}} 3.0',
        f"vocalbaby_request_duration_seconds_count{{{route}}} 3.0",
        'vocalbaby_predictions_total{class="ham",model_version="7"} 3.0',
        'vocalbaby_predictions_total{class="spam",model_version="7"} 0.0',
        'vocalbaby_errors_total{code="too_long"} 0.0',
        'vocalbaby_confidence_bucket{le="0.95",model_version="7"} 3.0',
        "vocalbaby_clip_duration_seconds_count 0.0",
    ):
        assert line in lines, f"not shown: {line}"


if __name__ == "__main__":
    main()
