"""One batch in the worker thread: choose the models, decode the clips, predict."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vocalbaby.api.inference.requests import BatchSlice
from vocalbaby.api.models.registry import ModelRegistry
from vocalbaby.api.models.routing import RouteTarget
from vocalbaby.api.upload import ARCHIVE_HINT, MEMBER_MAGIC, Upload
from vocalbaby.entity.clip import Clip
from vocalbaby.entity.prediction import Prediction
from vocalbaby.exception import VocalBabyError
from vocalbaby.monitoring.batch_metrics import BatchMetrics

__all__ = ["Decoder", "ModelBatch", "group_by_model", "predict_batch"]


class Decoder(Protocol):
    """Decodes the bytes of a file to a clip."""

    def __call__(self, data: bytes, *, name: str) -> Clip:
        """Decode; raises `AudioError`."""


@dataclass(frozen=True, slots=True)
class ModelBatch:
    """The slices of a batch that the same model answers."""

    target: RouteTarget
    slices: list[BatchSlice]

    def clips(self) -> list[Clip]:
        """Return every clip, in order."""
        return [clip for part in self.slices for clip in part.clips()]

    def predictions(self) -> list[Prediction]:
        """Return every prediction, in order."""
        return [
            item
            for part in self.slices
            for item in part.request.outcomes[part.start : part.end]
            if isinstance(item, Prediction)
        ]


def group_by_model(
    slices: Iterable[BatchSlice], registry: ModelRegistry, decode: Decoder
) -> list[ModelBatch]:
    """Choose the model of each slice, decode its uploads, and group the slices by model.

    An upload that cannot be decoded is an error in its place. Any other exception is stored
    as the failure of its request.
    """
    batches: dict[tuple[int, int], ModelBatch] = {}
    for part in slices:
        request = part.request
        try:
            if request.target is None:
                request.target = registry.route(request.routing_key, request.version)
            uploads = request.uploads[part.start : part.end]
            part.decoded = [_decode(decode, upload) for upload in uploads]
        except Exception as failure:  # noqa: BLE001 - the request reports it
            request.failure = failure
        else:
            target = request.target
            models = (id(target.predictor), id(target.shadow))
            batches.setdefault(models, ModelBatch(target, [])).slices.append(part)
    return list(batches.values())


def predict_batch(batch: ModelBatch, metrics: BatchMetrics) -> None:
    """Call the model once and store the outcomes in the requests.

    When the call fails, each slice is tried alone, so that only the requests that the model
    refuses fail.
    """
    try:
        features, predictions = _predict(batch, metrics)
    except Exception as failure:  # noqa: BLE001 - the request reports it
        if len(batch.slices) == 1:
            batch.slices[0].request.failure = failure
            return
        for part in batch.slices:
            predict_batch(ModelBatch(batch.target, [part]), metrics)
        return
    end = 0
    for part in batch.slices:
        start, end = end, end + len(part.clips())
        rows = iter(predictions[start:end])
        part.request.features.append(features[start:end])
        part.request.outcomes += [
            next(rows) if isinstance(item, Clip) else item for item in part.decoded
        ]


def _decode(decode: Decoder, upload: Upload) -> Clip | VocalBabyError:
    try:
        return decode(upload.data, name=upload.name)
    except VocalBabyError as error:
        if upload.data.startswith(MEMBER_MAGIC):
            error.hint = ARCHIVE_HINT
        return error.without_trace()


def _predict(
    batch: ModelBatch, metrics: BatchMetrics
) -> tuple[NDArray[np.float32], list[Prediction]]:
    """Return the features of the clips, shape (n_clips, n_columns), and their predictions."""
    clips = batch.clips()
    if not clips:
        return np.empty((0, 0), np.float32), []
    metrics.count_batch(len(clips))
    predictor = batch.target.predictor
    features = predictor.extract(clips)
    predictions = predictor.predict_from_features(clips, features)
    if len(predictions) != len(clips):
        raise RuntimeError(f"the model gave {len(predictions)} predictions for {len(clips)} clips")
    return features, predictions
