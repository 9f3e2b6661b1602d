"""Files of bundles from strangers: refused in bounded time and memory, whatever they contain.

Run as a script, it reads its cases with 2 GB of address space.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from vocalbaby.bundle.archive import read_archive
from vocalbaby.bundle.files import default_bundle_path
from vocalbaby.bundle.layout import CALIBRATION, MANIFEST, record, version_of
from vocalbaby.bundle.parsing import collect, parse, parse_manifest
from vocalbaby.entity.bundle import MAX_PART_BYTES
from vocalbaby.exception import BundleError
from vocalbaby.models import registry

PARTS = {
    "boosted_trees": ("booster.json", ("learner",)),
    "ensemble": ("ensemble.json", ("members",)),
    "hierarchical": ("hierarchy.json", ("nodes",)),
    "logistic_regression": ("linear.json", ("weights",)),
    "mlp": ("mlp.json", ("hidden", "scale")),
    "svm": ("svm.json", ("n_support", "support_vectors")),
}
LISTS = (
    *("bias", "class_prior", "novelty_center", "novelty_components", "novelty_variances"),
    *("matrix", "isotonic", "thresholds"),
)
VALUES = (b"0,", b'"",', b"[],", b"{},")


def filled(text: bytes, value: bytes, count: int) -> bytes:
    """Replace the mark in a text by a list of values, as many as fit into the largest part."""
    fitting = (MAX_PART_BYTES - len(text)) // len(value) - 2
    many = value * min(count, fitting) + value[:-1]
    return text.replace(b'"@"', b"[" + many + b"]")


def texts(keys: tuple[str, ...], known: dict[str, object]) -> Iterator[bytes]:
    """Contents of a part: deep, long, and with too many values, keys and errors."""
    yield b"[" * MAX_PART_BYTES
    yield b'{"a":' * 100_000
    yield b'{"a":"' + b"a" * (MAX_PART_BYTES - 8) + b'"}'
    yield b"1" * MAX_PART_BYTES
    yield b"\xff" * MAX_PART_BYTES
    yield b"{" + b",".join(b'"%d":0' % number for number in range(1_900_000)) + b"}"
    for key in keys:
        for value in VALUES:
            text = json.dumps(known | {key: "@"}).encode()
            yield filled(text, value, 1_990_000)
            yield filled(text, value, MAX_PART_BYTES)


def with_file(good: dict[str, bytes], name: str, data: bytes) -> dict[str, bytes]:
    """Files of a bundle with another content of one, which the manifest lists."""
    manifest = parse_manifest(good[MANIFEST], "it").model_dump()
    manifest["parts"][name] = record(data).model_dump()
    manifest["version"] = version_of(manifest)
    return good | {name: data, MANIFEST: json.dumps(manifest).encode()}


def calibrations() -> Iterator[Callable[[], object]]:
    good = collect(read_archive(default_bundle_path()))
    known = json.loads(good[CALIBRATION])
    for text in texts(LISTS, known):
        files = with_file(good, CALIBRATION, text)
        yield partial(parse, files, "it")
    knots = json.dumps(known | {"isotonic": [{"x": "@", "y": [1.0]}]}).encode()
    for value in VALUES:
        files = with_file(good, CALIBRATION, filled(knots, value, 1_990_000))
        yield partial(parse, files, "it")


def manifests() -> Iterator[Callable[[], object]]:
    known = json.loads(collect(read_archive(default_bundle_path()))[MANIFEST])
    for key in ("classes", "feature_sets", "parts"):
        for value in VALUES:
            text = filled(json.dumps(known | {key: "@"}).encode(), value, 1_300_000)
            yield partial(parse_manifest, text, "it")
    extra = b",".join(b'"%d":0' % number for number in range(400_000))
    yield partial(parse_manifest, b'{"format":2,' + extra + b"}", "it")


def models(kind: str) -> Iterator[Callable[[], object]]:
    part, keys = PARTS[kind]
    for text in texts(keys, {}):
        yield partial(registry.load, kind, {part: text})


@pytest.mark.parametrize("what", [CALIBRATION, MANIFEST, *PARTS])
def test_a_large_file_of_a_stranger_is_refused_in_bounded_time_and_memory(what: str) -> None:
    command = [sys.executable, __file__, what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_kind_of_model_is_tested() -> None:
    assert set(PARTS) == set(registry.kinds())


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
    (what,) = sys.argv[1:]
    given = {CALIBRATION: calibrations, MANIFEST: manifests}
    cases = given[what]() if what in given else models(what)
    for number, read in enumerate(cases):
        start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            read()
        except BundleError as error:
            if len(str(error)) > 2000:
                sys.exit(f"case {number} has a message of {len(str(error))} characters")
        else:
            sys.exit(f"case {number} is accepted")
        taken = time.monotonic() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        if taken > 20 or grown > 1000:
            sys.exit(f"case {number} takes {taken:.0f} s and {grown:.0f} MB")
