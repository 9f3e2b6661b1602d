"""Runs the blocks of a page of the documentation, in order, as `blocks` describes them."""

import ast
import contextlib
import doctest
import io
import os
import re
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.guides.blocks import Step, steps

ROOT: Final = Path.cwd()
#: The address from which readers of pages download files of the repository.
DOWNLOAD: Final = "https://raw.githubusercontent.com/vocalbaby/vocalbaby/main"

_PORT = re.compile(r"(?:(?<=\w:)|(?<=port ))80\d\d\b")
_DECIMAL = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\w.])")
_OUTPUT_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_TOLERANCE = 0.02


class Session:
    """A shell and a namespace of Python, in the current folder.

    Ports from 8000 on are replaced by free ones, and downloads from the repository by its files.
    """

    def __init__(self) -> None:
        self._ports: dict[str, str] = {}
        self._namespace: dict[str, object] = {"__name__": "__main__"}
        self._files = Path(os.environ["HOME"]) / "session"
        self._files.mkdir(parents=True)
        reading, writing = os.pipe()
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        self._codes, self._code_fd, self._count = os.fdopen(reading), writing, 0
        assert self._shell.stdin is not None
        self._shell.stdin.write("trap 'failed=1' ERR; set -E\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        # The shell leads a session of its own, so this ends what it has started, and only that.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait()
        self._codes.close()

    def run(self, step: Step) -> str:
        """Run a step and return its output.

        Raises:
            AssertionError: It failed.
        """
        code = step.code.replace(DOWNLOAD, ROOT.as_uri())
        code = _PORT.sub(lambda port: self._ports.setdefault(port[0], _free_port()), code)
        if step.file:
            Path(step.file).parent.mkdir(parents=True, exist_ok=True)
            Path(step.file).write_text(code, encoding="utf-8")
            return ""
        if step.language == "r":
            code = f"Rscript --vanilla - <<'END OF R'\n{code}END OF R\n"
        return self._python(code) if step.language == "python" else self._command(code)

    def _command(self, code: str) -> str:
        self._count += 1
        script, output = (self._files / f"{name}{self._count}" for name in ("script", "output"))
        script.write_text(code, encoding="utf-8")
        assert self._shell.stdin is not None
        # Background processes must not keep the pipe of the exit codes open.
        self._shell.stdin.write(
            f"failed=0; . {script} >{output} 2>&1 </dev/null {self._code_fd}>&-\n"
            f'echo "$failed $PWD" >&{self._code_fd}\n'
        )
        self._shell.stdin.flush()
        failed, _, folder = self._codes.readline().rstrip("\n").partition(" ")
        text = output.read_text(encoding="utf-8")
        assert failed == "0", f"A command failed:\n{code}\n{text}"
        os.chdir(folder)
        return text

    def _python(self, code: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if code.startswith(">>>"):
                self._doctest(code)
            else:
                _execute(code, self._namespace)
        return printed.getvalue()

    def _doctest(self, code: str) -> None:
        test = doctest.DocTestParser().get_doctest(code, self._namespace, "page", None, None)
        report: list[str] = []
        runner = doctest.DocTestRunner(_Tolerant(), optionflags=_OUTPUT_FLAGS)
        runner.run(test, out=report.append, clear_globs=False)
        self._namespace.update(test.globs)
        assert not runner.failures, "".join(report)


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def _execute(code: str, namespace: dict[str, object]) -> None:
    """Run code, and print the value of a last expression, as a notebook shows it."""
    tree = ast.parse(code)
    last = tree.body[-1] if tree.body else None
    try:
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(tree.body[:-1], []), "page", "exec"), namespace)
            sys.displayhook(eval(compile(ast.Expression(last.value), "page", "eval"), namespace))
        else:
            exec(compile(tree, "page", "exec"), namespace)
    except Exception as error:
        raise AssertionError(f"{code}\n{traceback.format_exc()}") from error


class _Tolerant(doctest.OutputChecker):
    """Compares outputs with a tolerance for decimals."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return same(want, got)


def same(shown: str, output: str) -> bool:
    """Whether an output is the one that a page shows."""
    want, got = shown, output
    matches, found = list(_DECIMAL.finditer(shown)), list(_DECIMAL.finditer(output))
    if "..." not in shown and len(matches) == len(found):
        pairs = [(float(a[0]), float(b[0])) for a, b in zip(matches, found, strict=True)]
        if any(abs(a - b) > _TOLERANCE * max(1.0, abs(a)) for a, b in pairs):
            return False
        want, got = _DECIMAL.sub("#", shown), _DECIMAL.sub("#", output)
    return doctest.OutputChecker().check_output(_trimmed(want), _trimmed(got), _OUTPUT_FLAGS)


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def executables(folder: Path) -> None:
    """Write the commands that an installation brings, for the interpreter of this process."""
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    for name, module, function in (
        ("vocalbaby", "vocalbaby.commands.main", "main"),
        ("vocalbaby-serve", "vocalbaby.cli", "serve"),
        ("vocalbaby-drift", "vocalbaby.monitoring.drift.cli", "main"),
    ):
        command = folder / name
        command.write_text(
            f"#!{sys.executable}\nimport sys\n\nfrom {module} import {function}\n\n"
            f'if __name__ == "__main__":\n    sys.exit({function}())\n',
            encoding="utf-8",
        )
        command.chmod(0o755)


@contextlib.contextmanager
def reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A new reader, with an empty home and an empty current folder.

    Args:
        folder: An empty folder.
        monkeypatch: Restores environment and current folder.
    """
    paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path)
    for name in ("home", "work"):
        (folder / name).mkdir()
    executables(folder / "bin")
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", paths)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(folder / "work")
    with Session() as session:
        yield session


def follow(todo: list[Step], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run steps as a new reader, and compare their outputs with those that are shown.

    Raises:
        AssertionError: A step fails, or an output is another one.
    """
    with reader(folder, monkeypatch) as session:
        for step in todo:
            if step.reason is None:
                output = session.run(step)
                if step.output is not None:
                    shown = f"block {step.line} shows\n{step.output}\nbut prints\n{output}"
                    assert same(step.output, output), shown


def follow_page(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the blocks of a page; see `follow`.

    Raises:
        AssertionError: A step fails, or an output is another one.
    """
    todo = steps(page.read_text(encoding="utf-8"))
    assert sum(step.reason is None for step in todo) >= 3
    follow(todo, folder, monkeypatch)
