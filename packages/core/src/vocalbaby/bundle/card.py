"""The model card: what a model is for, what it was trained on, what it cannot do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vocalbaby.entity.bundle import BundleManifest, Calibration
from vocalbaby.entity.config import StrictModel

__all__ = ["DataCount", "FigureTable", "SourceConfig", "corpora_of", "render", "table"]


#: Extras whose name is not that of what evaluates a model file.
_EXTRAS: Final = {"transformers": "ssl"}
_SYNTHETIC: Final = """trained on synthetic sound only.**
  Figures for these classes say how well the model knows the synthesizer. No accuracy on
  real infants is claimed for them: measure it on labelled recordings of your own."""
_PRIOR: Final = """- Probabilities hold where {frequencies} and the sound is like the training data.
  In day-long recordings noise and adults are far more frequent."""
_ELSEWHERE: Final = """\
- Recordings from microphones, rooms or populations unlike the training data lower the
  accuracy. Figures of the test split are of the corpora that the model was trained on and
  do not show this."""


class SourceConfig(StrictModel):
    """Origin of a corpus, for the model card.

    Attributes:
        corpus: Name of the corpus, as in the ``corpus`` column of the manifest.
        kind: ``real`` for recorded sound, ``synthetic`` for synthesized sound.
        licence: Licence, e.g. ``CC BY 3.0``.
        attribution: Whom to credit, and where to find the corpus.

    Examples:
        >>> SourceConfig(corpus="Mine", kind="real", licence="CC BY 4.0", attribution="Us").corpus
        'Mine'
    """

    corpus: str
    kind: Literal["real", "synthetic"]
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class DataCount:
    """How much of a class a corpus gave to a split (augmented copies not counted).

    Attributes:
        corpus: Name of the corpus.
        split: Name of the split.
        label: Name of the class.
        clips: Number of clips.
        children: Number of children or source recordings.

    Examples:
        >>> DataCount("Mine", "train", "Crying", clips=120, children=14).children
        14
    """

    corpus: str
    split: str
    label: str
    clips: int
    children: int


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table of figures with a heading and the sentence that says what was measured.

    Attributes:
        title: The heading.
        note: What was measured.
        header: Titles of the columns.
        rows: Cells of each row.

    Examples:
        >>> figures = FigureTable("Results", "Test split.", ["Class", "F1"], [["Junk", "0.9"]])
        >>> print(table(figures.header, figures.rows))
        | Class | F1 |
        | --- | ---: |
        | Junk | 0.9 |
    """

    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def render(
    manifest: BundleManifest,
    *,
    calibration: Calibration,
    data: Sequence[DataCount],
    sources: Sequence[SourceConfig],
    figures: Sequence[FigureTable] = (),
    description: str = "",
) -> str:
    """Write the card.

    Args:
        manifest: The bundle's identity; its card is not yet among the files.
        calibration: When the model abstains.
        data: What the model was trained and tuned on.
        sources: Kind, licence and attribution of each corpus.
        figures: Results to show.
        description: A sentence or two for the top.

    Returns:
        Markdown.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> bundle = read_bundle(default_bundle_path())
        >>> card = render(bundle.manifest, calibration=bundle.calibration, data=[], sources=[])
        >>> card.startswith("# Model card: vocalbaby-")
        True
    """
    known = {source.corpus: source for source in sources}
    sections = [
        f"# Model card: {manifest.version}",
        description or "A classifier of infant vocalizations.",
        _use(manifest),
        _data(data, known, manifest.classes),
        *(_figure(figure) for figure in figures),
        _limits(data, known, manifest.classes, calibration),
        _abstention(calibration),
        _identity(manifest),
    ]
    return "\n\n".join(sections) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Return a Markdown table.

    Args:
        header: Titles of the columns.
        rows: Cells of each row.
        texts: So many columns at the left are text; the others are figures, at the right edge.

    Examples:
        >>> print(table(["Class", "Clips"], [["Crying", "120"]]))
        | Class | Clips |
        | --- | ---: |
        | Crying | 120 |
    """
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [[*header], rule, *cells])


def corpora_of(card: str) -> tuple[str, ...]:
    """Return the names of the corpora in the training data of a card.

    Args:
        card: A card that `render` wrote; any other has none.

    Examples:
        >>> from vocalbaby.bundle.files import default_bundle_path, read_bundle
        >>> "synthetic" in corpora_of(read_bundle(default_bundle_path()).card)
        True
        >>> corpora_of("# Mine")
        ()
    """
    section = card.partition("## Training data\n")[2].partition("\n## ")[0]
    rows = section.partition("| Corpus | Split |")[2].partition("\n\n")[0].split("\n")[2:]
    return tuple(dict.fromkeys(row.split(" | ")[0].removeprefix("| ") for row in rows))


def _use(manifest: BundleManifest) -> str:
    return f"""## Intended use

One label and calibrated probabilities for a short clip (about 0.2 to 2 s) with one
vocalization of an infant: {", ".join(manifest.classes)}.
For research on child language and for counting vocalizations in recordings. It is not a
medical device, it does not say why a child cries, and it must not decide anything about a
child or a family."""


def _data(
    data: Sequence[DataCount], known: Mapping[str, SourceConfig], classes: Sequence[str]
) -> str:
    clips = {(row.corpus, row.split, row.label): row for row in data}
    rows = []
    for corpus, split in dict.fromkeys((row.corpus, row.split) for row in data):
        cells = [clips.get((corpus, split, label)) for label in classes]
        rows.append(
            [
                corpus,
                split,
                *(f"{c.clips} ({c.children})" if c else "0" for c in cells),
            ]
        )
    licences = []
    for corpus in dict.fromkeys(row.corpus for row in data):
        source = known.get(corpus)
        stated = (
            (source.kind, source.licence, source.attribution) if source else ("not stated",) * 3
        )
        licences.append([corpus, *stated])
    return f"""## Training data

Clips (children or source recordings) per class. No child is in more than one split.

{table(["Corpus", "Split", *classes], rows, texts=2)}

{table(["Corpus", "Kind", "Licence", "Attribution"], licences, texts=4)}"""


def _figure(figure: FigureTable) -> str:
    return f"## {figure.title}\n\n{figure.note}\n\n{table(figure.header, figure.rows)}"


def _limits(
    data: Sequence[DataCount],
    known: Mapping[str, SourceConfig],
    classes: Sequence[str],
    calibration: Calibration,
) -> str:
    recorded = {
        row.label for row in data if row.corpus in known and known[row.corpus].kind == "real"
    }
    lines = [_PRIOR.format(frequencies=_frequencies(classes, calibration)), _ELSEWHERE]
    if absent := [label for label in classes if label not in recorded]:
        lines.insert(0, f"- **{', '.join(absent)}: {_SYNTHETIC}")
    return "\n".join(["## Limits", "", *lines])


def _frequencies(classes: Sequence[str], calibration: Calibration) -> str:
    prior = calibration.class_prior
    if not prior or len(set(prior)) == 1:
        return "all classes are equally frequent"
    pairs = zip(classes, prior, strict=True)
    return "the classes are as frequent as " + ", ".join(f"{c} {value:g}" for c, value in pairs)


def _abstention(calibration: Calibration) -> str:
    lowest = f"{calibration.abstain_below:.2f}"
    return f"""## When the model gives no label

- `unlike_training`: the features are farther from the training data than those of
  nearly all clips that it was compared with (novelty above
  {calibration.novelty_threshold:.2f}), or more than {calibration.missing_limit:.0%} of them cannot
  be measured. A clip that is most probably Junk gets this label nevertheless.
- `not_confident`: the best class has a probability below {lowest}.{_thresholds(calibration)}

The class probabilities are reported in either case. For a stricter model, ignore labels
whose probability is below a threshold of your own.{_sets(calibration)}"""


def _thresholds(calibration: Calibration) -> str:
    lines = [
        f"{each.label} below {each.threshold:.3f}, for a precision of {each.wanted:g}"
        if each.threshold is not None
        else f"no threshold for {each.label}: none has a precision of {each.wanted:g} on devel"
        for each in calibration.thresholds
    ]
    return "".join(f"\n- `below_threshold`: {line}." for line in lines)


def _sets(calibration: Calibration) -> str:
    sets = calibration.conformal
    if sets is None:
        return ""
    return f"""

## Label sets

Each prediction has a set of labels with the true one in {sets.coverage:.0%} of the clips of
every class, if the clips are like those of devel (split conformal prediction,
{sets.score.upper()}, a limit per class)."""


def _identity(manifest: BundleManifest) -> str:
    rows = [
        ["Version", manifest.version],
        ["Kind of model", manifest.kind],
        ["Feature set", f"{manifest.feature_set} {manifest.feature_set_version}"],
        ["Columns", str(len(manifest.columns))],
        *_files(manifest),
        ["Training data (SHA-256)", manifest.provenance.training_data_sha256],
        ["vocalbaby-core", manifest.provenance.code_version],
    ]
    return f"## Identity\n\n{table(['What', 'Value'], rows, texts=2)}"


def _files(manifest: BundleManifest) -> list[list[str]]:
    files = [part.file for part in manifest.feature_sets if part.file is not None]
    extras = [_EXTRAS.get(file.runtime, file.runtime) for file in files]
    return [
        ["Needs the model file (SHA-256)", f"{file.sha256}, with vocalbaby-core[{extra}]"]
        for file, extra in zip(files, extras, strict=True)
    ]
