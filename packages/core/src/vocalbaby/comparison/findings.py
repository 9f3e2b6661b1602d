"""Findings that limit what the results say: leaks and confounded corpora."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from vocalbaby.components.confusions import confusions_by_child, uar
from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.components.split_leaks import copies_within
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.wording import counted

with needs_extra("train"):
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier

__all__ = [
    "Finding",
    "class_corpora",
    "class_from_corpus",
    "findings_table",
    "perfect_features",
    "shared_sounds",
]

#: UAR of a single feature on devel above which it is suspected to hold the label.
_PERFECT = 0.98

#: Clips to which the tree of a single feature is fitted at most.
_CLIPS = 2000

#: Excess of the UAR that the corpus alone gives over chance level, above which it is a finding.
_TELLING = 0.15

#: Share of a class that comes from one corpus, and of a corpus that is of one class.
_CONFOUNDED, _MOSTLY = 0.9, 0.5


class Finding(NamedTuple):
    """A row of ``findings.csv``.

    Attributes:
        finding: Code of the finding.
        detail: A sentence.

    Examples:
        >>> Finding("copies_in_split", "One sound belongs to two children.").finding
        'copies_in_split'
    """

    finding: str
    detail: str


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table without repetitions.

    Args:
        findings: The findings.

    Examples:
        >>> findings_table([Finding("a", "A."), Finding("a", "A.")]).to_dict("list")
        {'finding': ['a'], 'detail': ['A.']}
    """
    return pd.DataFrame(list(dict.fromkeys(findings)), columns=list(Finding._fields))


def perfect_features(train: FeatureTable, devel: FeatureTable) -> list[Finding]:
    """Find features that alone give the label of clips of other children.

    A small decision tree is fitted to each feature of train and evaluated on devel. No sound
    feature distinguishes all classes, so such a column holds the label in some form.

    Args:
        train: Clips of some children.
        devel: Clips of other children.

    Examples:
        >>> rows = [[f"{i}", f"{i}", ["Junk", "Crying"][i % 2], "A", "train"] for i in range(8)]
        >>> meta = pd.DataFrame(rows)
        >>> meta.columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> values = pd.DataFrame({"label": np.arange(8, dtype=np.float32) % 2})
        >>> table = FeatureTable("toy", "1", meta, values)
        >>> [found.finding for found in perfect_features(table, table)]
        ['perfect_feature']
    """
    known, other = (each.where(each.meta.Answer != "") for each in (train.originals, devel))
    known = known.where(np.arange(len(known)) % max(1, -(-len(known) // _CLIPS)) == 0)
    classes = sorted(set(known.meta.Answer) & set(other.meta.Answer))
    if len(classes) < 2:
        return []
    known, other = (each.where(each.meta.Answer.isin(classes)) for each in (known, other))
    truth, expected = (
        np.array([classes.index(name) for name in each.meta.Answer], np.int64)
        for each in (known, other)
    )
    everyone = np.zeros(len(expected), np.int64)
    found = []
    tree = DecisionTreeClassifier(
        max_leaf_nodes=4 * len(classes), class_weight="balanced", random_state=0
    )
    for number, name in enumerate(known.columns):
        x, y = known.array[:, [number]], other.array[:, [number]]
        predicted = tree.fit(x, truth).predict(y)
        value = float(
            uar(confusions_by_child(expected, predicted, everyone, len(classes)).sum(axis=0))
        )
        if value >= _PERFECT:
            found.append(
                Finding(
                    "perfect_feature",
                    f"The feature {name} of {train.feature_set} alone has a UAR of {value:.3f} on "
                    "devel; it probably holds the label.",
                )
            )
    return found


def shared_sounds(tables: Sequence[FeatureTable]) -> list[Finding]:
    """Find sounds that several children of one split have.

    Folds by child then share a sound, so that calibration and tuning see the clips that they are
    evaluated on. Sounds of several splits are errors; see
    `vocalbaby.components.split_leaks.require_distinct_sounds`.

    Args:
        tables: Train, devel and test.

    Examples:
        >>> shared_sounds([])
        []
    """
    return [
        Finding(
            "copies_in_split",
            f"{counted(len(copies), 'sound')} of one split belong to several children, e.g. "
            f"{' and '.join(copies[0][:2])}; folds by child share them.",
        )
        for table in tables
        if (copies := copies_within(table))
    ]


def class_corpora(labels: Sequence[str], corpora: Sequence[str]) -> list[Finding]:
    """Find classes that come from one corpus which has mostly that class.

    A model can then recognize the corpus, by its recorders for example, in place of the class.

    Args:
        labels: Class of each clip.
        corpora: Corpus of each clip.

    Examples:
        >>> labels = ["Crying"] * 9 + ["Junk"] * 2
        >>> [found.finding for found in class_corpora(labels, ["A"] * 10 + ["B"])]
        ['class_of_one_corpus']
        >>> class_corpora(labels, ["A"] * 11)
        []
    """
    counts = pd.crosstab(pd.Series(list(labels)), pd.Series(list(corpora)))
    if counts.shape[1] < 2:
        return []
    found = []
    for name, row in counts.iterrows():
        corpus = str(row.idxmax())
        of_class = float(row[corpus] / row.sum())
        of_corpus = float(row[corpus] / counts[corpus].sum())
        if of_class > _CONFOUNDED and of_corpus > _MOSTLY:
            found.append(
                Finding(
                    "class_of_one_corpus",
                    f"{of_class:.0%} of the clips of {name} come from the corpus {corpus}, and "
                    f"{of_corpus:.0%} of that corpus are {name}; a model may recognize the corpus "
                    "in place of the class.",
                )
            )
    return found


def class_from_corpus(labels: Sequence[str], corpora: Sequence[str]) -> list[Finding]:
    """Measure how well the corpus of a clip alone gives its class.

    The guess for a corpus is the class that has the largest share of its clips there.

    Args:
        labels: Class of each clip.
        corpora: Corpus of each clip.

    Examples:
        >>> class_from_corpus(["Crying", "Crying", "Junk", "Junk"], list("AAAB"))[0].detail[:35]
        'The corpus alone gives the class wi'
        >>> class_from_corpus(["Crying", "Junk"], ["A", "A"])
        []
    """
    counts = pd.crosstab(pd.Series(list(labels)), pd.Series(list(corpora)))
    if min(counts.shape) < 2:
        return []
    shares = counts.div(counts.sum(axis=1), axis=0).to_numpy(np.float64)
    value, level = float(shares.max(axis=0).sum() / len(shares)), 1 / len(shares)
    if value <= level + _TELLING:
        return []
    return [
        Finding(
            "class_from_corpus",
            f"The corpus alone gives the class with a UAR of {value:.2f} (chance level "
            f"{level:.2f}), without the sound: a part of every figure here may be the recorders of "
            "the corpora. The figures on unseen corpora show how much.",
        )
    ]
