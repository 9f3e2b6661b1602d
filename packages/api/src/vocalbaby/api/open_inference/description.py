"""The OpenAPI description of the paths of the Open Inference Protocol."""

from typing import Any, Final

from starlette.responses import Response

from vocalbaby.api.openapi.document import UNUSABLE
from vocalbaby.api.openapi.problem_responses import problems

__all__ = ["INFER", "NOT_READY", "PROBLEMS"]

NOT_READY: Final = problems("not_ready")
PROBLEMS: Final = problems("not_ready", "route_not_found")
INFER: Final[dict[str, Any]] = {
    "summary": "Classify with the Open Inference Protocol",
    "response_class": Response,
    "responses": {
        200: {
            "description": "Tensors `label`, `probabilities`, `warnings` and `error`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(*UNUSABLE, "route_not_found"),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["inputs"]},
                    "example": {
                        "inputs": [
                            {"name": "audio", "shape": [1], "datatype": "BYTES", "data": ["UklGR…"]}
                        ]
                    },
                },
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
}
