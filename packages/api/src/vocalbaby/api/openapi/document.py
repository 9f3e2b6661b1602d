"""The OpenAPI document of the service: FastAPI's, with what it cannot know or drops."""

import json
import threading
from typing import Any, Final

from fastapi import FastAPI

from vocalbaby.api.http.files import Document
from vocalbaby.api.http.schemas import Problem
from vocalbaby.api.openapi import reference_page
from vocalbaby.api.openapi.operations import PREDICT
from vocalbaby.api.openapi.problem_responses import REF
from vocalbaby.entity.labels import CLASSES

__all__ = ["DESCRIPTION", "TAGS", "Documents", "describe"]

DESCRIPTION: Final = (
    f"Classifies infant vocalizations into {', '.join(CLASSES)}. Clips stay in memory "
    "and are forgotten with the answer; features and answers may be logged. Recordings under "
    "/segment are kept on disk until they are removed. Every error is a problem document "
    "(RFC 9457)."
)

TAGS: Final = [
    {"name": "prediction", "description": "Recordings in, labels out."},
    {"name": "segmentation", "description": "Recordings of any length in, segments out."},
    {"name": "model", "description": "Which model answers, and what is known about it."},
    {"name": "v2", "description": "The Open Inference Protocol (KServe V2)."},
    {"name": "operation", "description": "Probes and metrics."},
]


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``.

    It adds the problem documents, which no route returns by type, and the null values of
    examples, which FastAPI drops and the service sends.
    """
    document = app.openapi()
    problem = Problem.model_json_schema(ref_template=REF)
    problem.pop("$defs")  # the answer to /predict brings them
    document["components"]["schemas"].setdefault("Problem", problem)
    described = document["paths"]["/predict"]["post"]["responses"]
    for status, response in PREDICT["responses"].items():
        for kind, content in response["content"].items():
            described[str(status)]["content"][kind]["examples"] = content["examples"]
    return document


class Documents:
    """The descriptions of an application, ``app.state.documents``; each is made once.

    Args:
        app: The application.

    Attributes:
        openapi: The OpenAPI document.
        page: The same as a web page.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._described: dict[str, Any] | None = None
        self.openapi = Document(self._json, "application/json")
        self.page = Document(self._html, "text/html; charset=utf-8")

    def _describe(self) -> dict[str, Any]:
        with self._lock:  # both documents may be requested at the same time
            self._described = self._described or describe(self._app)
            return self._described

    def _json(self) -> bytes:
        return json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":")).encode()

    def _html(self) -> bytes:
        return reference_page.render(self._describe()).encode()
