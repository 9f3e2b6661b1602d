"""The documentation site is complete, can be searched, and needs no other host."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.docs_site.check import problems
from scripts.docs_site.python_packages import PACKAGES


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with warnings as errors."""
    out = tmp_path_factory.mktemp("site") / "out"
    sources = [str(path.resolve()) for path in sorted(Path("packages").glob("*/src"))]
    environment = os.environ | {
        "NO_MKDOCS_2_WARNING": "true",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sources]),
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def index(site: Path) -> dict[str, dict[str, Any]]:
    """The search index: address -> entry."""
    documents = json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    return {entry["location"]: entry for entry in documents}


def public_names(folder: Path) -> list[str]:
    """The names of a package's `__all__`."""
    path = folder / "__init__.py"
    if not path.exists():
        return []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert len(list(site.rglob("*.html"))) > 100
    assert not list(problems(site))


@pytest.mark.parametrize("name", ["load", "predict", "segment"])
def test_the_search_finds_functions(index: dict[str, dict[str, Any]], name: str) -> None:
    entry = index[f"reference/python/inference/#vocalbaby.inference.{name}"]
    assert name in re.sub("<[^>]+>", "", entry["title"])
    assert len(entry["text"]) > 100


def test_the_reference_comes_before_decisions_in_the_search(
    index: dict[str, dict[str, Any]],
) -> None:
    assert index["reference/commands/vocalbaby-segment/"]["boost"] > 1
    assert index["decisions/0013-settings/"]["boost"] < 1


def test_pipes_in_code_are_shown_without_a_backslash(site: Path) -> None:
    text = (site / "reference/commands/vocalbaby-segment/index.html").read_text("utf-8")
    assert "<code>--output FILE&#124;FOLDER</code>" in text


def test_the_search_finds_commands_settings_and_paths(index: dict[str, dict[str, Any]]) -> None:
    assert "141" in index["reference/commands/#exit-codes"]["text"]
    assert "--listener" in index["reference/commands/vocalbaby-segment/"]["text"]
    assert "VOCALBABY_API__MAX_FILES" in index["reference/settings/"]["text"]
    assert "max_depth" in index["reference/configuration/#trainingyaml-section-training"]["text"]
    assert "audio_unreadable" in index["reference/errors/"]["text"]
    assert "413" in index["reference/http/#post-predict"]["text"]


@pytest.mark.parametrize(
    ("distribution", "package"),
    [(where, package) for where, packages in PACKAGES.items() for package in packages],
)
def test_every_public_name_has_an_entry(
    index: dict[str, dict[str, Any]], distribution: str, package: str
) -> None:
    folder = Path(f"packages/{distribution}/src/vocalbaby", *package.split("."))
    page = f"reference/python/{package}/"
    found = {address for address in index if address.startswith(f"{page}#vocalbaby.")}
    assert found
    for name in public_names(folder):
        assert f"{page}#vocalbaby.{package}.{name}" in found


def test_pages_show_the_version_and_have_copy_buttons_and_edit_links(site: Path) -> None:
    text = (site / "features/index.html").read_text("utf-8")
    macros = Path("build-support/macros.py").read_text("utf-8")
    (version,) = re.findall(r'^VERSION = "(.+)"$', macros, re.MULTILINE)
    assert re.search(rf"VocalBaby {re.escape(version)}\s*</div>", text)
    assert '"content.code.copy"' in text
    assert 'href="https://github.com/vocalbaby/vocalbaby/edit/main/docs/features.md"' in text


def test_links_out_of_the_pages_lead_to_the_repository(site: Path) -> None:
    text = (site / "default-model/index.html").read_text("utf-8")
    repository = "https://github.com/vocalbaby/vocalbaby"
    assert f'href="{repository}/tree/main/configs/default_model"' in text
    assert f'href="{repository}/blob/main/configs/default_model/held_out.csv"' in text
