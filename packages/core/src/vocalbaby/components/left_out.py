"""Corpora that are left out of a training, alone or several together."""

from collections.abc import Collection
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

from vocalbaby.components.feature_table import FeatureTable, concat
from vocalbaby.exception import DataError
from vocalbaby.utils.wording import counted

__all__ = ["CorpusGroups", "clips_of", "leave_out", "require_corpora", "without"]


def _named(value: object) -> object:
    """Turn a list of corpora into a mapping in which every corpus is a group of its own."""
    return {name: (name,) for name in value} if isinstance(value, list | tuple) else value


#: Names of groups with the corpora of each; settings may list single corpora instead. Corpora of
#: one kind (sounds of several archives) form a group, so that none of them stays in the training.
CorpusGroups: TypeAlias = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_named)]


def without(corpora: Collection[str], table: FeatureTable) -> FeatureTable:
    """Select the rows that are not of these corpora."""
    return table.where(~table.meta.corpus.isin(corpora))


def clips_of(corpora: Collection[str], tables: Collection[FeatureTable]) -> FeatureTable:
    """Select the clips of these corpora from all tables, without augmented copies."""
    return concat([t.where(t.meta.corpus.isin(corpora)).originals for t in tables])


def leave_out(
    name: str,
    corpora: Collection[str],
    tables: tuple[FeatureTable, FeatureTable, FeatureTable],
) -> tuple[tuple[FeatureTable, FeatureTable], FeatureTable]:
    """Separate a group of corpora from the others, to train without it and evaluate on it.

    Args:
        name: Name of the group, for the message.
        corpora: Corpora of the group.
        tables: Train, devel and test.

    Returns:
        Train and devel without the corpora; and the clips of the corpora from all tables,
        without augmented copies.

    Raises:
        DataError: The corpora have no clips, or train or devel has no others.
    """
    train, devel = (without(corpora, table) for table in tables[:2])
    unseen = clips_of(corpora, tables)
    if not (len(unseen) and len(train) and len(devel)):
        raise DataError(
            f"The corpus '{name}' cannot be left out: it has {counted(len(unseen), 'clip')}, "
            f"the others {len(train) + len(devel)}.",
            hint="List corpora of the manifest as unseen_corpora in evaluation.yaml.",
        )
    return (train, devel), unseen


def require_corpora(groups: CorpusGroups, tables: Collection[FeatureTable], where: str) -> None:
    """Raise an exception if a group names a corpus that no table has.

    Args:
        groups: The groups.
        tables: The tables.
        where: Name of the setting, for the hint.

    Raises:
        DataError: A corpus has no clips.
    """
    known = {corpus for table in tables for corpus in set(table.meta.corpus)}
    named = {corpus for corpora in groups.values() for corpus in corpora}
    if absent := sorted(named - known):
        raise DataError(
            f"The corpora {absent} have no clips, so they cannot be left out.",
            hint=f"Correct {where}. The manifest has the corpora {sorted(known)}.",
        )
