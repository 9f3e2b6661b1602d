"""Decoding and prediction of one batch."""

import asyncio
import io
import tracemalloc
from unittest import mock

import numpy as np
import soundfile

from vocalbaby.api.inference.batching import group_by_model
from vocalbaby.api.inference.requests import BatchSlice, InferenceRequest
from vocalbaby.api.models.registry import ModelRegistry
from vocalbaby.api.upload import Upload
from vocalbaby.audio import decode
from vocalbaby.exception import SilentAudioError


def test_errors_of_clips_do_not_keep_their_samples_in_memory() -> None:
    """Otherwise a request of 64 small files that are long and silent would fill gigabytes."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros((48_000, 8)), 48_000, format="FLAC")
    uploads = [Upload(str(i), file.getvalue()) for i in range(20)]
    request = InferenceRequest(uploads, "", mock.create_autospec(asyncio.Future))
    tracemalloc.start()
    part = BatchSlice(request, 0, len(uploads))
    group_by_model([part], mock.create_autospec(ModelRegistry), decode)
    in_use = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert {type(error) for error in part.decoded} == {SilentAudioError}
    assert in_use < 2**20  # decoded, each of them has 1.5 MiB
