"""Which packages are optional, and what is said where they are missing."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import typer.main

import vocalbaby.utils
from vocalbaby.cloud.opening import open_storage
from vocalbaby.commands.main import app, main
from vocalbaby.commands.plugins import OTHERS
from vocalbaby.exception import MissingExtraError
from vocalbaby.exception.table import outcome
from vocalbaby.utils.extras import EXTRAS, missing_packages, needs_extra, pip_command, require_extra

#: Modules of the packages that the distribution does not require.
OPTIONAL: Final = {
    {"scikit-learn": "sklearn", "xgboost-cpu": "xgboost"}.get(name, name.replace("-", "_"))
    for extra in EXTRAS.values()
    for name in extra.packages
}
#: The distribution as installed without extras, in a process of its own.
LIGHT: Final = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OPTIONAL}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())

def vocalbaby(*words):
    from vocalbaby.commands.main import main
    try:
        main(words)
    except SystemExit as end:
        assert not end.code, (words, end.code)

"""


def light(code: str, folder: Path) -> str:
    """What a program prints that has no extras."""
    paths = [str(Path(path).absolute()) for path in sys.path if path]
    run = subprocess.run(
        [sys.executable, "-c", LIGHT + code],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"COLUMNS": "200", "PYTHONPATH": os.pathsep.join(paths)},
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_error_names_what_is_missing_and_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError) as caught:
        require_extra("train")
    assert caught.value.message == (
        "Training and evaluating models needs scikit-learn, which is not installed."
    )
    assert caught.value.hint == "pip install 'vocalbaby-core[train]'"
    assert isinstance(caught.value, ImportError)
    assert caught.value.name == "sklearn"
    assert (caught.value.code, outcome(caught.value)[:2]) == ("extra_missing", (501, 2))
    monkeypatch.setitem(sys.modules, "xgboost", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert missing_packages("train") == ("scikit-learn", "scipy", "xgboost-cpu")
    with pytest.raises(MissingExtraError, match="scikit-learn, scipy and xgboost-cpu, which are"):
        require_extra("train")
    with pytest.raises(MissingExtraError, match="needs scipy, which is"):
        require_extra("train", "scipy", "pandas")
    require_extra("train", "pandas")


def test_the_command_can_be_pasted_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocalbaby.utils.extras.os.name", "nt")
    assert pip_command("s3") == 'pip install "vocalbaby-core[s3]"'


def test_an_import_asks_for_its_extra_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with needs_extra("tables"):  # what is imported is there
        importlib.import_module("pandas")
    with (
        pytest.raises(MissingExtraError, match="Parquet files needs pyarrow, which is not"),
        needs_extra("tables"),
    ):
        importlib.import_module("pyarrow")
    with (
        pytest.raises(ModuleNotFoundError, match=r"^No module named 'nothing'$"),
        needs_extra("tables"),
    ):
        importlib.import_module("nothing")


@pytest.mark.parametrize(
    ("module", "words", "extra"),
    [
        ("xgboost", "train", "train"),
        ("matplotlib", "evaluate", "train"),
        ("pandas", "features", "train"),
        ("sklearn", "validate", "train"),
        ("scipy", "ingest", "train"),
        ("scipy", "synthesize clips", "synthesis"),
        ("scipy", "summarize day.csv", "summary"),
        ("boto3", "model list --store s3://bucket/models", "s3"),
        ("pyarrow", "segment day.wav -o day.parquet", "tables"),
        ("pyarrow", "convert day.csv day.parquet", "tables"),
    ],
)
def test_commands_say_what_to_install(
    module: str,
    words: str,
    extra: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "vocalbaby.cloud.s3", raising=False)
    Path("day.csv").write_text("onset_s,offset_s,label\n0,1,Crying\n", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(words.split())
    error = capsys.readouterr().err
    assert end.value.code == 2, error
    assert error.startswith("An extra is not installed: ")
    assert error.endswith(f"\npip install 'vocalbaby-core[{extra}]'\n")


def test_storage_in_s3_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "vocalbaby.cloud.s3", raising=False)
    with pytest.raises(MissingExtraError, match="s3:// addresses needs boto3"):
        open_storage("s3://bucket/prefix")


def test_every_module_can_be_imported_or_names_its_extra(tmp_path: Path) -> None:
    root = Path(vocalbaby.utils.__path__[0]).parent
    names = sorted(
        ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in root.rglob("*.py")
        if "kernel" not in path.parts
    )
    assert "vocalbaby.components.boosting" in names
    code = f"""
from importlib import import_module
from vocalbaby.exception import MissingExtraError

for name in {names}:
    try:
        import_module(name)
    except MissingExtraError:
        print(name)
"""
    needy = set(light(code, tmp_path).split())
    assert "vocalbaby.components.boosting" in needy
    without = ("audio.acoustics", "cloud.s3", "components", "corpora", "pipeline", "summary")
    comparing = ("comparison", "estimators", "huggingface", "tuning")
    training_commands = ("choice_output", "labelled_clips", "synthetic_", "tables")
    allowed = (*without, *comparing, *(f"commands.{name}" for name in training_commands))
    assert not [
        name
        for name in needy
        if not name.startswith(tuple(f"vocalbaby.{each}" for each in allowed))
    ]


def test_help_of_every_command_needs_no_extra(tmp_path: Path) -> None:
    commands = sorted(set(typer.main.get_group(app).commands) - OTHERS.keys())
    assert {"train", "model", "predict"} <= set(commands)
    code = f"for words in ([], *([name] for name in {commands})): vocalbaby(*words, '--help')"
    assert light(code, tmp_path).count("Usage: ") == len(commands) + 1


def test_predicting_and_segmenting_need_no_extra(tmp_path: Path) -> None:
    example = Path("docs/examples/baby_cry.wav").read_bytes()
    (tmp_path / "cry.wav").write_bytes(example)
    output = light(
        f"""
vocalbaby("predict", "cry.wav", "--format", "csv")
vocalbaby("segment", "cry.wav", "-o", "cry.csv")
vocalbaby("convert", "cry.csv", "cry.rttm")
vocalbaby("model", "verify")
vocalbaby("model", "list", "--store", "store")
print({{name.partition(".")[0] for name in sys.modules}} & {OPTIONAL})
""",
        tmp_path,
    )
    assert "cry.wav,Crying," in output
    assert output.endswith("set()\n")
    assert (tmp_path / "cry.rttm").read_text().startswith("SPEAKER cry ")
