"""Children and sounds that are in more than one split, whatever stage finds them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from vocalbaby.components.feature_table import FeatureTable
from vocalbaby.entity.identity import ChildKey, child_key
from vocalbaby.exception import SplitLeakError
from vocalbaby.utils.wording import counted

__all__ = ["copies_within", "require_disjoint", "require_distinct_sounds"]

#: Fewest features that can identify a sound: fewer may be equal by chance.
_FEWEST = 3


def require_disjoint(tables: Sequence[FeatureTable]) -> None:
    """Raise an exception if two tables share a child, even if validation was not run.

    Args:
        tables: Train, devel and test.

    Raises:
        SplitLeakError: A child is in more than one table.

    Examples:
        >>> import numpy as np, pandas as pd
        >>> meta = pd.DataFrame([["a", "kid", "Junk", "A", "train"]])
        >>> meta.columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> table = FeatureTable("toy", "1", meta, pd.DataFrame({"x": np.zeros(1, np.float32)}))
        >>> require_disjoint([table, table])
        Traceback (most recent call last):
        vocalbaby.exception.SplitLeakError: The splits have 1 child in common, e.g. kid of a. ...
    """
    count: Counter[ChildKey] = Counter()
    for table in tables:
        pairs = zip(table.meta.corpus, table.meta.child_ID, strict=True)
        count.update({child_key(corpus, child) for corpus, child in pairs})
    if shared := sorted(key for key, n in count.items() if n > 1):
        named = ", ".join(f"{child} of {corpus or 'no corpus'}" for corpus, child in shared[:3])
        raise SplitLeakError(
            f"The splits have {counted(len(shared), 'child')} in common, e.g. {named}.",
            hint="Correct the `split` column of the corpus, then run all stages again.",
        )


def require_distinct_sounds(tables: Sequence[FeatureTable]) -> None:
    """Raise an exception if two tables have the same sound, under whatever names.

    Equal sounds have equal features to the last bit, so that the features show a copy even where
    its file has another format or another child's name.

    Args:
        tables: Train, devel and test.

    Raises:
        SplitLeakError: A sound is in more than one table.

    Examples:
        >>> import numpy as np, pandas as pd
        >>> columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> def table(child, split):
        ...     meta = pd.DataFrame([["a", child, "Junk", "A", split]], columns=columns)
        ...     values = np.arange(4, dtype=np.float32).reshape(1, 4)
        ...     return FeatureTable("toy", "1", meta, pd.DataFrame(values, columns=[*"abcd"]))
        >>> require_distinct_sounds([table("one", "train"), table("two", "test")])
        Traceback (most recent call last):
        vocalbaby.exception.SplitLeakError: 1 sound is in several splits, e.g. a of one in train ...
    """
    clips: dict[bytes, dict[int, str]] = defaultdict(dict)
    for number, table in enumerate(tables):
        for key, row in _sounds(table.originals):
            clips[key].setdefault(number, row)
    leaks = [list(found.values()) for found in clips.values() if len(found) > 1]
    if leaks:
        what = " and ".join(leaks[0])
        verb = "is" if len(leaks) == 1 else "are"
        raise SplitLeakError(
            f"{counted(len(leaks), 'sound')} {verb} in several splits, e.g. {what}.",
            hint="Remove the copies from the corpus, or give their children one child_ID.",
        )


def copies_within(table: FeatureTable) -> list[tuple[str, ...]]:
    """Find sounds that several children of a table have, so that folds by child share them.

    Args:
        table: One split.

    Returns:
        For each such sound the clips, as texts; empty if there is none.

    Examples:
        >>> import numpy as np, pandas as pd
        >>> rows = [["a", "one", "Junk", "A", "train"], ["b", "two", "Junk", "A", "train"]]
        >>> meta = pd.DataFrame(rows)
        >>> meta.columns = ["clip_ID", "child_ID", "Answer", "corpus", "split"]
        >>> values = pd.DataFrame(np.ones((2, 4), np.float32), columns=[*"abcd"])
        >>> copies_within(FeatureTable("toy", "1", meta, values))
        [('a of one in train', 'b of two in train')]
    """
    found: dict[bytes, dict[ChildKey, str]] = defaultdict(dict)
    originals = table.originals
    for (key, row), corpus, child in zip(
        _sounds(originals), originals.meta.corpus, originals.meta.child_ID, strict=True
    ):
        if key:
            found[key].setdefault(child_key(corpus, child), row)
    return [tuple(rows.values()) for rows in found.values() if len(rows) > 1]


def _sounds(table: FeatureTable) -> list[tuple[bytes, str]]:
    """Return a key of the sound and a description of each row.

    The key is a row's own if its features cannot identify a sound.
    """
    array = table.array
    measured = np.isfinite(array).sum(axis=1) >= _FEWEST
    rows = []
    meta = table.meta
    for number, (clip, child, split) in enumerate(
        zip(meta.clip_ID, meta.child_ID, meta.split, strict=True)
    ):
        text = f"{clip} of {child} in {split}"
        key = array[number].tobytes() if measured[number] else text.encode()
        rows.append((key, text))
    return rows
