"""Checks the feature set ``ssl`` with small models of transformers that have random weights.

scripts/test_ssl.sh calls this with the Python of an environment that has PyTorch and transformers,
which are imported by name since no other environment has them.
"""

import importlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scripts.system_tests.checks import require
from vocalbaby import features
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.ssl import VARIABLE, SslConfig

__all__ = ["main"]

_TINY: Final = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": (8,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
}
_KINDS: Final = ("Hubert", "Wav2Vec2", "WavLM")


def sounds() -> list[NDArray[np.float32]]:
    """Return noisy tones of 0.01 to 2 s."""
    rng = np.random.default_rng(0)
    found = []
    for n in (160, 1_600, 6_400, 15_999, 32_000):
        wave = np.sin(2 * np.pi * rng.uniform(200, 900) * np.arange(n) / 16_000)
        found.append((0.05 * wave + 0.01 * rng.standard_normal(n)).astype(np.float32))
    return found


def check(kind: str, folder: Path, *, stable: bool) -> None:
    """Check one architecture.

    Args:
        kind: Prefix of its classes in transformers.
        folder: Where the model is saved.
        stable: Whether it normalises before its layers, as the large models do.

    Raises:
        ScriptError: A check fails.
    """
    torch, transformers = map(importlib.import_module, ("torch", "transformers"))
    torch.manual_seed(7)
    more = {"do_stable_layer_norm": stable, "feat_extract_norm": "layer" if stable else "group"}
    config = getattr(transformers, f"{kind}Config")(**_TINY, **more)
    model: Any = getattr(transformers, f"{kind}Model")(config).eval()
    model.save_pretrained(folder, safe_serialization=True)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    prepare = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    clips = sounds()
    for layer in range(4):
        chosen = SslConfig(model=str(folder), layer=layer, pooling="mean_std").feature_set()
        found = chosen.extract(clips)
        for row, clip in zip(found[1:], clips[1:], strict=True):
            with torch.inference_mode():
                values = prepare(clip, sampling_rate=16_000, return_tensors="pt").input_values
                output = model(values, output_hidden_states=True)
            states = output.last_hidden_state if layer == 3 else output.hidden_states[layer]
            frames = states[0].double().numpy()
            wanted = np.concatenate([frames.mean(axis=0), frames.std(axis=0)])
            np.testing.assert_allclose(row, wanted, atol=2e-5)
        require("One frame has no standard deviation.", holds=np.isnan(found[0, 16:]).all())
        backwards = chosen.extract(clips[::-1])[::-1]
        require("A row does not depend on its batch.", holds=backwards.tobytes() == found.tobytes())
        with ThreadPoolExecutor(3) as pool:
            alone = np.concatenate(list(pool.map(chosen.extract, [[clip] for clip in clips])))
        require("A row does not depend on its thread.", holds=alone.tobytes() == found.tobytes())
        silence = chosen.extract([np.zeros(8_000, np.float32)])
        require("Silence is not measurable.", holds=np.isnan(silence).all())


def refused(message: str, call: Callable[[], object]) -> None:
    """Check that a call raises `FeatureSetError`.

    Args:
        message: A part of its message.
        call: What is called.

    Raises:
        ScriptError: It raises nothing, or something else is wrong.
    """
    try:
        call()
    except FeatureSetError as error:
        require(f"The error says {message!r}: {error}", holds=message in error.message)
    else:
        require(f"It is an error that says {message!r}.", holds=False)


def check_bundle(folder: Path, other: Path) -> None:
    """Check that the record of a bundle demands the same model.

    Args:
        folder: A model.
        other: Another one.

    Raises:
        ScriptError: A check fails.
    """
    chosen = SslConfig(model=str(folder), layer=1).feature_set()
    columns = [column.name for column in chosen.columns]
    records = features.records(chosen.name, chosen.version, columns, chosen.file)
    served = features.of_records(records)
    clips = sounds()
    os.environ[VARIABLE] = str(other)
    refused("checksum", lambda: served.extract(clips))
    os.environ[VARIABLE] = f"[{other}, {folder}]"
    same = served.extract(clips).tobytes() == chosen.extract(clips).tobytes()
    require("A bundle finds its model among several.", holds=same)
    pickled = other.with_name("pickled")
    shutil.copytree(other, pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    refused("could run code", SslConfig(model=str(pickled)).feature_set)


def check_damage(folder: Path) -> None:
    """Check that damaged and incomplete weights are errors, not random features.

    Args:
        folder: A model, which is damaged.

    Raises:
        ScriptError: A check fails.
    """
    safetensors = importlib.import_module("safetensors.numpy")
    path = folder / "model.safetensors"
    content = path.read_bytes()
    tensors = safetensors.load(content)
    tensors.pop(next(name for name in sorted(tensors) if "layers.0" in name))
    whole = safetensors.save(tensors, {"format": "pt"})
    for damaged, message in ((content[: len(content) // 2], "loaded"), (whole, "not complete")):
        path.write_bytes(damaged)
        chosen = SslConfig(model=str(folder)).feature_set()
        refused(message, partial(chosen.extract, []))


def cost(folder: Path) -> float:
    """Measure a random model of the size of HuBERT Base.

    Args:
        folder: Where it is saved.

    Returns:
        CPU seconds per clip of 0.4 s.
    """
    transformers = importlib.import_module("transformers")
    transformers.HubertModel(transformers.HubertConfig()).save_pretrained(folder)
    chosen = SslConfig(model=str(folder)).feature_set()
    clip = sounds()[2]
    chosen.extract([clip])
    start = time.process_time()
    for _ in range(5):
        chosen.extract([clip])
    return (time.process_time() - start) / 5


def main() -> None:
    """Run the checks.

    Raises:
        ScriptError: A check fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in _KINDS:
            for stable in (False, True):
                check(kind, folder / f"{kind}-{stable}", stable=stable)
        check_bundle(folder / "Hubert-False", folder / "Wav2Vec2-False")
        check_damage(folder / "Hubert-True")
        seconds = cost(folder / "base")
    print(f"ssl: {', '.join(_KINDS)} with random weights equal transformers' own output")
    print(f"ssl: {seconds * 1e3:.0f} ms of CPU per clip of 0.4 s at the size of HuBERT Base")


if __name__ == "__main__":
    main()
