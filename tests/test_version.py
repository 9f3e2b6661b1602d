"""Every file that names the version names the same one."""

import re
import shutil
from pathlib import Path

import pytest

from scripts.set_version import FILES, main, versions
from vocalbaby.utils.version import VERSION


def test_all_files_name_the_version_of_the_code() -> None:
    assert versions(Path()) == {name: {VERSION} for name in FILES}


def test_the_changelog_has_a_section_of_the_version() -> None:
    assert f"\n## [{VERSION}] - " in Path("CHANGELOG.md").read_text(encoding="utf-8")


def test_a_new_version_is_written_into_all_files(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, tmp_path / name)
    main("12.3.45", tmp_path)
    assert versions(tmp_path) == {name: {"12.3.45"} for name in FILES}


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3-rc1", ""])
def test_anything_else_is_no_version(version: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not a version"):
        main(version, tmp_path)


def test_fragments_of_the_changelog_have_names_of_their_kind() -> None:
    """A name without a number would become the link of an issue."""
    names = [path.name for path in Path().glob("changelog.d/*.md")]
    pattern = r"README\.md|(\d+|\+[\w-]+)\.(upgrade|added|changed|fixed)\.md"
    assert not [name for name in names if not re.fullmatch(pattern, name)]
