"""Responses conform to the OpenAPI document, whatever is sent."""

import os
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

#: Requests per operation and mode; more are for a long run by hand.
EXAMPLES = int(os.environ.get("VOCALBABY_EXAMPLES", "5"))
#: The checks of a response. Whether a valid request succeeds is not checked, since the document
#: cannot say which bytes are a recording.
CHECKS = [
    checks.not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_responses_conform_to_the_openapi_document(
    client: TestClient, mode: GenerationMode
) -> None:
    client.post("/predict", files={"files": b""})  # waits until the model is ready
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    found = list(schema.get_all_operations())
    operations = [result.ok() for result in found if isinstance(result, Ok)]
    assert len(operations) == len(found)
    assert {"POST /predict", "POST /predict_zip"} < {operation.label for operation in operations}
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.method != "post":
            continue  # a GET has nothing that could be wrong

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def probe(case: Any) -> None:
            case.validate_response(case.call(session=client), checks=CHECKS)

        probe()
