import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from vocalbaby.bundle import archive
from vocalbaby.exception import BundleError


def test_a_bomb_is_not_unpacked_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a", bytes(2**25))
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    tracemalloc.start()
    with pytest.raises(BundleError, match="limit is 1000"):
        archive.unpack(packed.getvalue(), ["a"], "it")
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_link_to_an_endless_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/dev/zero")
    with pytest.raises(BundleError, match=r"a in .* is not a file"):
        archive.read_folder(tmp_path, ["a"])
