"""Checks of the numbers of clips and children of each class in each split."""

from collections.abc import Iterator, Mapping, Sequence

from vocalbaby.components.findings import Finding, ValidationConfig, finding
from vocalbaby.entity.labels import CLASSES
from vocalbaby.entity.manifest import SPLITS, ClipRecord
from vocalbaby.utils.wording import counted

__all__ = ["check_balance"]


def check_balance(
    of_split: Mapping[str, Sequence[ClipRecord]], config: ValidationConfig
) -> Iterator[Finding]:
    """Find classes that are missing or rare, few children, and imbalance.

    Args:
        of_split: Clips by split.
        config: Thresholds.
    """
    missing, few, few_children, imbalanced = [], [], [], []
    for split, rows in of_split.items():
        counts = {label: sum(r.Answer == label for r in rows) for label in CLASSES}
        present = [n for n in counts.values() if n]
        missing += [
            f"{split}/{label} ({_why_missing(label, of_split)})"
            for label, n in counts.items()
            if n == 0
        ]
        few += [f"{split}/{label} ({n})" for label, n in counts.items() if 0 < n < config.min_clips]
        children = len({r.child for r in rows})
        if children < config.min_children:
            few_children.append(f"{split} ({children})")
        if present and max(present) > config.max_imbalance * min(present):
            imbalanced.append(f"{split} ({max(present)}:{min(present)})")
    yield from finding(
        config.missing_class, "class_missing", "{} class{es} {are} missing from a split.", missing
    )
    yield from finding(
        "warning",
        "few_clips",
        f"{{}} class{{es}} {{have}} fewer than {config.min_clips} clips.",
        few,
    )
    yield from finding(
        "warning",
        "few_children",
        f"{{}} split{{s}} {{have}} fewer than {config.min_children} children.",
        few_children,
    )
    yield from finding(
        "warning",
        "imbalance",
        f"{{}} split{{s}} {{are}} more imbalanced than {config.max_imbalance:g}:1.",
        imbalanced,
    )


def _why_missing(label: str, of_split: Mapping[str, Sequence[ClipRecord]]) -> str:
    """Say why a split has no clip of a class."""
    having = {r.child: split for split, rows in of_split.items() for r in rows if r.Answer == label}
    if not having:
        return "no clip has this label"
    where = ", ".join(sorted(set(having.values())))
    if len(having) < len(SPLITS):
        return f"only {len(having)} of the 3 children that it takes have it, in {where}"
    children = counted(len(having), "child")
    return f"it has {children} in {where}, by `split` or for the sake of other classes"
