"""What ``vocalbaby agree`` writes: tables on the terminal, and files."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from vocalbaby.corpus.agreement import Agreement
from vocalbaby.corpus.agreement.grouping import BY
from vocalbaby.corpus.agreement.methods import methods_paragraph
from vocalbaby.corpus.agreement.wording import MEASURES, described, number, with_interval
from vocalbaby.corpus.agreement.writing import comparisons
from vocalbaby.exception import ConfigError, FileError
from vocalbaby.utils.wording import printable

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["check_files", "check_kinds", "replace_file", "show"]

#: Level, measure and short title of the columns of the first table and of groups.
_MAIN: Final = (
    ("units", "kappa", "Kappa"),
    ("units", "agreement", "Agreement"),
    ("units", "uar", "UAR"),
    ("segments", "detection_precision", "Found, precision"),
    ("segments", "detection_recall", "Found, recall"),
    ("seconds", "detection_error_rate", "Detection error"),
    ("seconds", "identification_error_rate", "Identification error"),
)
_OF_SNR: Final = (
    ("units", "detection_recall", "Recall, units"),
    ("segments", "detection_recall", "Found, recall"),
    ("units", "uar", "UAR"),
)
_OF_VOLUMES: Final = ("pearson", "icc_2_1", "bias", "limit_low", "limit_high")
_OF_CLASS: Final = ("precision", "recall", "f1", "kappa")


def check_files(files: Mapping[Path | None, str], *, overwrite: bool) -> None:
    """Refuse to replace files that are not of this command, before any work is done.

    Args:
        files: File to what its own files contain near their begin.
        overwrite: Whether other files are replaced too.

    Raises:
        FileError: A file exists and is another one, or its folder does not exist.

    Examples:
        >>> check_files({None: "mark"}, overwrite=False)
    """
    for path, mark in files.items():
        if path is None:
            continue
        if not path.parent.is_dir():
            raise FileError(f"The folder {path.parent} does not exist.", hint="Create it first.")
        if path.is_dir():
            raise FileError(f"{path} is a folder.", hint="Name a file.")
        if not overwrite and path.is_file() and path.stat().st_size:
            with path.open("rb") as stream:
                if mark.encode() not in stream.read(4096):
                    raise FileError(
                        f"{path} exists and was not written by this command.",
                        hint="Name another file, or add --overwrite.",
                    )


def replace_file(path: Path, text: str) -> None:
    """Write a file as a whole; an error in between leaves the former one.

    Args:
        path: The file.
        text: Its content.

    Examples:
        >>> replace_file(Path("a.csv"), "a")
        >>> Path("a.csv").read_text()
        'a'
    """
    if path.exists() and not path.is_file():  # such as /dev/stdout
        path.write_text(text, encoding="utf-8")
        return
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def check_kinds(text: str) -> list[str]:
    """Return the kinds of groups of a list with commas.

    Args:
        text: The list.

    Raises:
        ConfigError: There is no such kind of group.

    Examples:
        >>> check_kinds("age, hour")
        ['age', 'hour']
    """
    kinds = [kind.strip() for kind in text.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in BY:
            raise ConfigError(f"There are no groups by {kind!r}.", hint=f"Use {', '.join(BY)}.")
    return kinds


def show(agreement: Agreement, by: Sequence[str], *, text: bool) -> None:
    """Print the main figures, those of classes and of groups, or the methods paragraph.

    Args:
        agreement: The comparison.
        by: Kinds of groups.
        text: Whether the paragraph is printed, and nothing else.

    Examples:
        >>> from vocalbaby.corpus.agreement import compare
        >>> from vocalbaby.entity.timeline import Segment, Timeline
        >>> day = Timeline("day1", (Segment(0, 2, "Crying"),), duration_s=60.0)
        >>> show(compare([day], [day]), [], text=False)  # doctest: +ELLIPSIS
        1 recording, 1.0 minutes compared in units of 100 ms...
    """
    if text:
        typer.echo(methods_paragraph(agreement))
        return
    from vocalbaby.utils.terminal import console

    screen = console()
    typer.echo(described(agreement))
    drawn = agreement.coverage
    if drawn.clusters != "none" and agreement.config.draws:
        typer.echo(
            f"Intervals of {100 * agreement.config.level:g} %: bootstrap over {drawn.n_clusters} "
            f"{drawn.clusters}"
        )
    else:
        typer.echo("No intervals: there are less than 5 blocks")
    typer.echo()
    screen.print(_main(agreement))
    if agreement.classes:
        typer.echo()
        screen.print(_classes(agreement))
    for kind in by:
        if any(figure.by == kind for figure in agreement.figures):
            typer.echo()
            screen.print(_groups(agreement, kind))
    if rows := [f for f in agreement.figures if f.measure == "icc_2_1"]:
        typer.echo()
        screen.print(_volumes(agreement, [f.class_ for f in rows]))


def _table(*heads: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    return table


def _add(table: "Table", *cells: str) -> None:
    """Add a row of names and figures, in which brackets are no markup."""
    from rich.markup import escape

    table.add_row(*(escape(printable(cell)) for cell in cells))


def _main(agreement: Agreement) -> "Table":
    names = [name for name, _ in comparisons(agreement)]
    heads = {"other": "Against the reference"} if len(names) == 1 else {}
    table = _table("Figure", *(heads.get(name, name.capitalize()) for name in names))
    found = [own for _, own in comparisons(agreement)]
    for level, measure, _ in _MAIN:
        title = f"{MEASURES[measure]} ({level})" if level != "seconds" else MEASURES[measure]
        _add(table, title, *(with_interval(own.find(measure, level)) for own in found))
    for side in ("onset", "offset"):
        cells = []
        for own in found:
            low, mid, high = (
                number(own.value(f"{side}_difference_{q}_s", "segments"), 3)
                for q in ("q1", "median", "q3")
            )
            cells.append(f"{mid} ({low} to {high})")
        _add(table, f"{side.capitalize()} difference, s, median (quartiles)", *cells)
    if any(own.find("gamma", "gamma") for own in found):
        cells = [with_interval(own.find("gamma", "gamma")) for own in found]
        _add(table, "Gamma, mean of recordings", *cells)
    return table


def _classes(agreement: Agreement) -> "Table":
    table = _table("Class (units)", *(MEASURES[m] for m in _OF_CLASS), "Units of the reference")
    for name in (*agreement.classes, agreement.none):
        figures = [agreement.find(measure, "units", name) for measure in _OF_CLASS]
        n = figures[0].n if figures[0] else None
        _add(table, name, *map(with_interval, figures), number(n, 0))
    return table


def _groups(agreement: Agreement, kind: str) -> "Table":
    columns = _OF_SNR if kind == "snr" else _MAIN
    table = _table(f"By {kind}", *(title for *_, title in columns))
    own = {(f.group, f.level, f.measure): f for f in agreement.figures
           if f.by == kind and not f.class_}  # fmt: skip
    for group in dict.fromkeys(group for group, *_ in own):
        cells = [with_interval(own.get((group, level, measure))) for level, measure, _ in columns]
        _add(table, group, *cells)
    return table


def _volumes(agreement: Agreement, names: Sequence[str]) -> "Table":
    table = _table("Figures of both sides", "Pairs", "Pearson's r", "ICC(2,1)", "Bias",
                   "Limits of agreement")  # fmt: skip
    for name in names:
        found = [agreement.find(measure, "figures", name) for measure in _OF_VOLUMES]
        low, high = (number(f.value if f else None) for f in found[3:])
        n = found[0].n if found[0] else None
        _add(table, name, number(n, 0), *map(with_interval, found[:3]), f"{low} to {high}")
    return table
