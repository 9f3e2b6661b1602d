"""Commands that other distributions add."""

import sys
from pathlib import Path

import pytest
import typer

from vocalbaby.commands import plugins
from vocalbaby.exception import ConfigError


def words(app: typer.Typer, *arguments: str) -> object:
    return typer.main.get_command(app).main(list(arguments), standalone_mode=False)


def test_a_module_of_the_namespace_adds_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "planted_plugins"
    folder.mkdir()
    code = "def register(app):\n    app.command('planted')(lambda: print('planted runs'))\n"
    (folder / "one.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_NAMESPACE", "planted_plugins")
    app = typer.Typer()
    plugins.add_plugins(app)
    assert "planted" in {command.name for command in app.registered_commands}
    for name in [name for name in sys.modules if name.startswith("planted_plugins")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("name", sorted(plugins.OTHERS))
def test_a_command_that_is_not_installed_names_its_distribution(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "_NAMESPACE", "vocalbaby_planted_nothing")
    app = typer.Typer()
    plugins.add_plugins(app)
    with pytest.raises(ConfigError, match=f"`vocalbaby {name}` is a command of vocalbaby-corpus"):
        words(app, name, "some", "--option", "value", "--help")
