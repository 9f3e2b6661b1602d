"""The OpenAPI document of the service: FastAPI's, with what it cannot know or drops."""

from typing import Any, Final

from fastapi import FastAPI

from vocalbaby.api.http.schemas import Problem
from vocalbaby.api.openapi.operations import PREDICT
from vocalbaby.api.openapi.problem_responses import REF
from vocalbaby.entity.labels import CLASSES

__all__ = ["DESCRIPTION", "TAGS", "describe"]

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
