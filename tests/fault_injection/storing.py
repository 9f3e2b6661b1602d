"""Operations of a folder as a store: each happens completely or not at all."""

from pathlib import Path
from typing import Final

from tests.fault_injection.sweeping import Scenario
from vocalbaby.cloud.folder import FolderStorage
from vocalbaby.exception import StorageError

__all__ = ["SCENARIOS"]

_OLD: Final = b"old" * 5000
_NEW: Final = b"new" * 9000


def _state(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def _with_old(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "x").write_bytes(_OLD)


def _replace_if_unchanged(folder: Path) -> None:
    store = FolderStorage(folder)
    old = store.get("a/x")
    assert old is not None
    if old.data != _NEW:
        assert store.replace("a/x", _NEW, tag=old.tag)


def _get(folder: Path) -> None:
    stored = FolderStorage(folder).get("a/x", max_bytes=2**20)
    assert stored is not None
    assert stored.data == _OLD


def _list(folder: Path) -> None:
    assert FolderStorage(folder).list() == ["a/x"]


def _exists(folder: Path) -> None:
    assert FolderStorage(folder).exists("a/x")


_ERRORS: Final = (StorageError,)

SCENARIOS: Final = {
    "put": Scenario(lambda f: FolderStorage(f).put_if_absent("a/x", _NEW), _state, _ERRORS),
    "replace": Scenario(
        lambda f: FolderStorage(f).replace("a/x", _NEW), _state, _ERRORS, _with_old
    ),
    "replace if unchanged": Scenario(_replace_if_unchanged, _state, _ERRORS, _with_old),
    "delete": Scenario(lambda f: FolderStorage(f).delete("a/x"), _state, _ERRORS, _with_old),
    "get": Scenario(_get, _state, _ERRORS, _with_old),
    "exists": Scenario(_exists, _state, _ERRORS, _with_old),
    "list": Scenario(_list, _state, _ERRORS, _with_old),
}
