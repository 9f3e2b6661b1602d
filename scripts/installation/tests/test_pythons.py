"""Which Pythons are found: the first of each version that runs and can make environments."""

import sys
from pathlib import Path

import pytest

from scripts.deploy.programs import ScriptError
from scripts.installation.main import missing_pythons
from scripts.installation.pythons import candidates, find_pythons, version_of


def stand_in(path: Path, version: str, *, works: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\nexit {0 if works else 1}\n")
    path.chmod(0o755)
    return path


def test_this_python_has_its_version() -> None:
    assert version_of(Path(sys.executable)) == "{}.{}".format(*sys.version_info[:2])


def test_a_file_that_is_no_python_has_no_version(tmp_path: Path) -> None:
    assert version_of(tmp_path / "absent") == ""
    assert version_of(stand_in(tmp_path / "python3.12", "3.12", works=False)) == ""


def test_the_newest_of_pyenv_comes_before_path(tmp_path: Path) -> None:
    environ = {"PYENV_ROOT": str(tmp_path / "pyenv"), "PATH": str(tmp_path / "bin")}
    for patch in ("3.13.0", "3.13.2"):
        stand_in(tmp_path / "pyenv/versions" / patch / "bin/python", "3.13")
    on_path = stand_in(tmp_path / "bin/python3.13", "3.13")
    order = [path for path in candidates("3.13", environ) if path.exists()]
    assert order[1:4] == [
        tmp_path / "pyenv/versions/3.13.2/bin/python",
        tmp_path / "pyenv/versions/3.13.0/bin/python",
        on_path,
    ]


def test_pythons_are_found_by_what_they_say(tmp_path: Path) -> None:
    """A shim that fails, and a `python3` of another version, are passed over."""
    environ = {
        "PYENV_ROOT": str(tmp_path / "none"),
        "PATH": f"{tmp_path / 'shims'}:{tmp_path / 'bin'}",
    }
    stand_in(tmp_path / "shims/python3.12", "", works=False)
    stand_in(tmp_path / "shims/python3", "3.9")
    named = stand_in(tmp_path / "bin/python3.12", "3.12")
    plain = stand_in(tmp_path / "bin/python3", "3.14")
    found = find_pythons(("3.12", "3.14"), environ)
    assert found == {"3.12": named, "3.14": plain}


def test_required_pythons_have_to_be_there(tmp_path: Path) -> None:
    found = {"3.11": tmp_path, "3.13": tmp_path}
    assert missing_pythons(found, ["3.11"]) == ["3.12", "3.14"]
    with pytest.raises(ScriptError, match=r"not found: Python 3\.12, 3\.14"):
        missing_pythons(found, ["3.11", "3.12", "3.14"])
    with pytest.raises(ScriptError, match="not found"):
        missing_pythons({}, [])
