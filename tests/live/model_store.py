"""Models of the live test: variants of the built-in model, one of them damaged."""

from dataclasses import replace
from pathlib import Path

from vocalbaby.bundle.files import default_bundle_path, read_bundle
from vocalbaby.bundle.store import ModelStore
from vocalbaby.bundle.writing import BundleContent, write_bundle
from vocalbaby.cloud.opening import open_storage

__all__ = ["damage_model", "publish_models"]


def publish_models(folder: Path) -> tuple[ModelStore, dict[str, str]]:
    """Publish the built-in model and three variants of it.

    Returns:
        The store in ``folder/store``, whose channel ``production`` has the built-in model; and
        the versions of the variants ``second``, ``third`` and ``damaged``.
    """
    store = ModelStore(open_storage(folder / "store"))
    first = store.publish(default_bundle_path())
    versions = {
        name: store.publish(_variant(folder, name, temperature))
        for name, temperature in (("second", 1.3), ("third", 2.0), ("damaged", 1.1))
    }
    store.set_channel("production", first)
    return store, versions


def _variant(folder: Path, name: str, temperature: float) -> Path:
    """The built-in model under another name, with less confident probabilities."""
    bundle = read_bundle(default_bundle_path())
    calibration = bundle.calibration
    content = replace(
        BundleContent.of(bundle),
        name=name,
        metrics={},
        calibration=calibration.model_copy(
            update={"temperature": calibration.temperature * temperature}
        ),
    )
    write_bundle(folder / name, content, card=lambda manifest: f"# {manifest.version}\n")
    return folder / name


def damage_model(store: ModelStore, version: str) -> None:
    """Flip one bit of a published model."""
    key = f"models/{version}/bundle.zip"
    stored = store.storage.get(key)
    assert stored is not None
    data = bytearray(stored.data)
    data[len(data) // 2] ^= 1
    store.storage.replace(key, bytes(data))
