"""The Open Inference Protocol of a server, with NVIDIA's client."""

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from vocalbaby.entity.labels import CLASSES

MakeWav = Callable[..., bytes]
Serve = Callable[..., AbstractContextManager[Any]]

INFER = "/v2/models/vocalbaby/infer"


@pytest.fixture(scope="module")
def triton_client(serve: Serve) -> Iterator[triton.InferenceServerClient]:
    """The client of NVIDIA's Triton, connected to a server process."""
    with serve() as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
        yield client
        client.close()


def audio(*files: bytes, binary: bool = True) -> Any:
    tensor = triton.InferInput("audio", [len(files)], "BYTES")
    tensor.set_data_from_numpy(np.array(files, dtype=np.object_), binary_data=binary)
    return tensor


def test_the_client_reads_the_metadata_of_server_and_model(
    triton_client: triton.InferenceServerClient,
) -> None:
    assert triton_client.is_server_live()
    assert triton_client.is_server_ready()
    assert triton_client.is_model_ready("vocalbaby")
    assert triton_client.is_model_ready("vocalbaby", "fake-1")
    assert not triton_client.is_model_ready("vocalbaby", "fake-2")
    assert not triton_client.is_model_ready("babble")
    assert "binary_tensor_data" in triton_client.get_server_metadata()["extensions"]
    model = triton_client.get_model_metadata("vocalbaby")
    assert model["versions"] == ["fake-1"]
    assert [tensor["name"] for tensor in model["inputs"]] == ["audio", "samples"]


@pytest.mark.parametrize("way", ["raw", "base64 in binary", "base64 in JSON"])
def test_the_client_sends_files(
    triton_client: triton.InferenceServerClient, wav: MakeWav, way: str
) -> None:
    files = [wav(0.2), wav(0.05), b"text, not audio"]
    if way != "raw":
        files = [base64.b64encode(data) for data in files]
    answer = triton_client.infer(
        "vocalbaby", [audio(*files, binary="JSON" not in way)], request_id="7"
    )
    assert answer.get_response()["model_version"] == "fake-1"
    assert answer.get_response()["id"] == "7"
    assert answer.as_numpy("label").tolist() == [b"Crying", b"", b""]
    assert answer.as_numpy("warnings").tolist() == [b"", b"short;not_confident", b""]
    probabilities = answer.as_numpy("probabilities")
    assert probabilities.shape == (3, len(CLASSES))
    assert probabilities[0].tolist() == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.2])
    assert probabilities[2].tolist() == [0.0] * len(CLASSES)
    errors = answer.as_numpy("error").tolist()
    assert errors[:2] == [b"", b""]
    assert errors[2].startswith(b"audio_unreadable: ")


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("shape", [(8000,), (1, 8000), (2, 4000)])
def test_the_client_sends_samples(
    triton_client: triton.InferenceServerClient, shape: tuple[int, ...], *, binary: bool
) -> None:
    samples = 0.3 * np.sin(np.arange(8000, dtype=np.float32)).reshape(shape)
    tensor = triton.InferInput("samples", list(shape), "FP32")
    tensor.set_data_from_numpy(samples.astype(np.float32), binary_data=binary)
    wanted = [triton.InferRequestedOutput("probabilities", binary_data=binary)]
    answer = triton_client.infer(
        "vocalbaby", [tensor], "fake-1", outputs=wanted, parameters={"sample_rate": 8000}
    )
    assert [output["name"] for output in answer.get_response()["outputs"]] == ["probabilities"]
    probabilities = answer.as_numpy("probabilities")
    assert probabilities.dtype == np.float32
    # The test model returns the duration in seconds, here at the sample rate of the request.
    duration = shape[-1] / 8000
    assert probabilities[:, CLASSES.index("Crying")] == pytest.approx(duration, abs=0.01)
    assert len(probabilities) == 8000 // shape[-1]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ({"model_name": "babble"}, "404", "no model 'babble'"),
        ({"model_version": "2"}, "404", "Served: fake-1"),
        ({"outputs": [triton.InferRequestedOutput("mood")]}, "422", "no output 'mood'"),
        ({"inputs": [audio(b"some text")]}, "422", "text, not audio"),
        ({"inputs": [audio(b"a", b"b"), audio(b"c")]}, "422", "more than one input"),
        ({"inputs": [audio(*[b"a"] * 65)]}, "413", "more than 64 clips"),
    ],
)
def test_the_client_gets_status_and_message_of_an_error(
    triton_client: triton.InferenceServerClient,
    wav: MakeWav,
    arguments: dict[str, Any],
    status: str,
    words: str,
) -> None:
    with pytest.raises(InferenceServerException) as refused:
        triton_client.infer(**{"model_name": "vocalbaby", "inputs": [audio(wav(0.2))]} | arguments)
    assert refused.value.status() == status
    assert words in refused.value.message()


def test_a_header_length_in_digits_of_another_script_is_refused(serve: Serve) -> None:
    """HTTP clients refuse to send this digit, which `str.isdigit` accepts and `int` does not."""
    body = b'{"inputs": []}'
    head = (
        f"POST {INFER} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    )
    length = b"Inference-Header-Content-Length: \xb2\r\n\r\n"
    with (
        serve("--drain-seconds=0") as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
    ):
        connection.sendall(head.encode() + length + body)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b"Inference-Header-Content-Length is not a length" in answer
