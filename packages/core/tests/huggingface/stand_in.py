"""A server on the loopback interface with the endpoints of Hugging Face that huggingface_hub uses.

It follows what huggingface_hub 2.4 sends and reads, not the behaviour of the real service.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["TOKEN", "Repositories", "serve"]

TOKEN = "hf_stand_in_token"


class Repositories:
    """Repositories in memory: by name and branch, the files.

    Attributes:
        branches: Files by name, by (repository, branch).
        private: Names of private repositories.
        sizes: Sizes that the server states instead of the true ones, by file.
        requests: (method, path, token) of each request.
        url: Address of the server.
    """

    def __init__(self) -> None:
        self.branches: dict[tuple[str, str], dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.url = ""
        self._commits: dict[str, dict[str, bytes]] = {}
        self._blobs: dict[str, bytes] = {}

    def commit(self, name: str, branch: str) -> str:
        """Return the commit of a branch."""
        files = self.branches[name, branch]
        key = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        self._commits[key] = dict(files)
        return key

    def files(self, name: str, revision: str) -> dict[str, bytes] | None:
        """Return the files of a branch or commit."""
        return self._commits.get(revision) or self.branches.get((name, revision))

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any, str]:
        """Answer a request: status, JSON or bytes, and the code of the error."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[:2] == ["api", "validate-yaml"]:
            text = json.loads(body)["content"]
            wrong = [{"message": "license is unknown"}] if "license: nonsense" in text else []
            return 400 if wrong else 200, {"warnings": [], "errors": wrong}, ""
        if parts == ["api", "repos", "create"]:
            return self._create(json.loads(body), token)
        if parts[0] == "lfs":
            self._blobs[parts[1]] = body
            return 200, {}, ""
        in_api = parts[:2] == ["api", "models"]
        name, rest = (
            ("/".join(parts[2:4]), parts[4:]) if in_api else ("/".join(parts[:2]), parts[2:])
        )
        name = name.removesuffix(".git")
        known = any(repository == name for repository, _ in self.branches)
        if not known or (name in self.private and token != TOKEN):
            return (404 if token else 401), {"error": "Repository not found"}, "RepoNotFound"
        if method == "POST" and token != TOKEN:
            return 403, {"error": "Forbidden"}, ""
        return self._of_repository(name, rest, body)

    def _create(self, values: dict[str, Any], token: str) -> tuple[int, Any, str]:
        if token != TOKEN:
            return 401, {"error": "Invalid username or password."}, ""
        name = f"{values['organization']}/{values['name']}"
        if (name, "main") in self.branches:
            return 409, {"error": "exists", "url": f"{self.url}/{name}"}, ""
        self.branches[name, "main"] = {".gitattributes": b""}
        if values.get("visibility") == "private" or values.get("private"):
            self.private.add(name)
        return 200, {"url": f"{self.url}/{name}"}, ""

    def _of_repository(  # noqa: PLR0911 - one per endpoint
        self, name: str, rest: list[str], body: bytes
    ) -> tuple[int, Any, str]:
        match rest:
            case [] | ["revision", _]:
                revision = rest[1] if rest else "main"
                files = self.files(name, revision)
                if files is None:
                    return 404, {"error": "Invalid rev id"}, "RevisionNotFound"
                siblings = [
                    {"rfilename": file, "size": self.sizes.get(file, len(data))}
                    for file, data in files.items()
                ]
                sha = revision if revision in self._commits else self.commit(name, revision)
                return 200, {"id": name, "sha": sha, "siblings": siblings}, ""
            case ["branch", branch]:
                if (name, branch) in self.branches:
                    return 409, {"error": "Reference already exists"}, ""
                self.branches[name, branch] = dict(self.branches[name, "main"])
                return 200, {}, ""
            case ["preupload", _]:
                found = [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                        "shouldIgnore": False,
                    }
                    for file in json.loads(body)["files"]
                ]
                return 200, {"files": found}, ""
            case ["info", "lfs", "objects", "batch"]:
                objects = [
                    {**each, "actions": {"upload": {"href": f"{self.url}/lfs/{each['oid']}"}}}
                    for each in json.loads(body)["objects"]
                ]
                return 200, {"transfer": "basic", "objects": objects}, ""
            case ["commit", branch]:
                self._change(self.branches[name, branch], body)
                commit = self.commit(name, branch)
                url = f"{self.url}/{name}/commit/{commit}"
                return 200, {"commitUrl": url, "commitOid": commit, "success": True}, ""
            case ["resolve", revision, file]:
                data = (self.files(name, revision) or {}).get(file)
                return (404, {}, "EntryNotFound") if data is None else (200, data, revision)
        return 404, {"error": f"The stand-in does not have {rest}"}, ""

    def _change(self, files: dict[str, bytes], body: bytes) -> None:
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            match entry["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self._blobs[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]


class _Handler(BaseHTTPRequestHandler):
    repositories: Repositories

    def _do(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        path = urlsplit(self.path).path
        self.repositories.requests.append((self.command, path, token))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, content, code = self.repositories.answer(self.command, path, token, body)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        if isinstance(content, bytes):
            self.send_header("X-Repo-Commit", code)
            self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        elif code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = _do  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Print nothing."""


@contextmanager
def serve() -> Iterator[Repositories]:
    """Serve empty repositories until the block ends."""
    repositories = Repositories()
    handler = type("Handler", (_Handler,), {"repositories": repositories})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        repositories.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield repositories
        finally:
            server.shutdown()
            thread.join()
