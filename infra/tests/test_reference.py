"""The READMEs of the Terraform parts are up to date."""

import shutil
from pathlib import Path

import pytest

from infra.offline.terraform.reference import main, parts, reference


@pytest.mark.parametrize("folder", parts(), ids=lambda folder: folder.name)
def test_a_page_is_up_to_date(folder: Path) -> None:
    assert (folder / "README.md").read_text("utf-8") == reference(folder)


def test_the_command_writes_outdated_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree("infra/terraform", tmp_path / "infra/terraform")
    stale = Path("infra/terraform/modules/ecr/README.md")
    fresh = stale.read_text("utf-8")
    monkeypatch.chdir(
        tmp_path
    )  # Pants runs a copy of the file with the repository as the working directory
    stale.write_text("old", "utf-8")
    main()
    assert capsys.readouterr().out == f"written: {stale}\n"
    assert stale.read_text("utf-8") == fresh


def test_every_variable_has_a_row() -> None:
    for folder in parts():
        names = (folder / "variables.tf").read_text("utf-8").split('\nvariable "')
        page = reference(folder)
        for block in names:
            name = block.removeprefix('variable "').split('"')[0]
            assert f"| `{name}` | `" in page, f"{folder.name}: {name}"


def test_rejects_a_variable_without_description(tmp_path: Path) -> None:
    for name in ("main", "outputs"):
        (tmp_path / f"{name}.tf").write_text("")
    (tmp_path / "variables.tf").write_text('variable "size" {\n  type = number\n}\n')
    with pytest.raises(ValueError, match="size has no description"):
        reference(tmp_path)
