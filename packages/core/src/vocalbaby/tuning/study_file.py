"""The file of a search: an Optuna study in SQLite, which outlives an interruption.

Only the process that holds the lock writes to it. A trial is added with all its settings in one
transaction, so one that was at work when a process was killed goes on where it stopped.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from vocalbaby.exception import FileError
from vocalbaby.utils.extras import needs_extra
from vocalbaby.utils.file_lock import lock_file

with needs_extra("tune"):
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.study import StudyDirection
    from optuna.trial import FrozenTrial, TrialState, create_trial

__all__ = ["ERROR", "SETTINGS", "StudyFile", "open_study"]

#: Attribute of a trial: its settings, as JSON.
SETTINGS: Final = "settings"

#: Attribute of a trial that failed: why.
ERROR: Final = "error"

_FINGERPRINT: Final = "fingerprint"
_NAME: Final = "vocalbaby"

_log = logging.getLogger(__name__)


class StudyFile:
    """The trials of a search; see `open_study`.

    Args:
        storage: Optuna's storage; nothing else writes to the study meanwhile.
        study_id: Number of the study in the storage.

    Examples:
        >>> storage = optuna.storages.InMemoryStorage()
        >>> study = StudyFile(storage, storage.create_new_study([StudyDirection.MAXIMIZE]))
        >>> study.add({"max_depth": 3}, {"max_depth": optuna.distributions.IntDistribution(1, 9)})
        >>> study.report(0, 0, 0.5)
        >>> study.finish(0, TrialState.COMPLETE, 0.5)
        >>> [(trial.value, trial.params) for trial in study.trials]
        [(0.5, {'max_depth': 3})]
    """

    def __init__(self, storage: optuna.storages.BaseStorage, study_id: int) -> None:
        self._storage = storage
        self._study = study_id
        self._trials: list[FrozenTrial] | None = None

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials by number."""
        if self._trials is None:
            found = self._storage.get_all_trials(self._study)
            self._trials = sorted(found, key=lambda trial: trial.number)
        return self._trials

    def add(self, values: Mapping[str, Any], space: Mapping[str, BaseDistribution]) -> None:
        """Add a trial that is at work.

        Args:
            values: Its settings by dotted name.
            space: Space of the search. Settings outside of it are no parameters of the trial.
        """
        attributes = {SETTINGS: json.dumps(values)}
        try:
            trial = create_trial(
                state=TrialState.RUNNING,
                params=dict(values),
                distributions=dict(space),
                user_attrs=attributes,
            )
        except ValueError:  # a value is outside
            trial = create_trial(state=TrialState.RUNNING, user_attrs=attributes)
        self._storage.create_new_trial(self._study, trial)
        self._trials = None

    def report(self, number: int, step: int, value: float) -> None:
        """Store the objective of one step (a fold) of a trial.

        Args:
            number: Number of the trial.
            step: Number of the step.
            value: The objective.
        """
        self._storage.set_trial_intermediate_value(self._id(number), step, value)
        self._trials = None

    def finish(
        self, number: int, state: TrialState, value: float | None = None, error: str = ""
    ) -> None:
        """Store the result of a trial.

        Args:
            number: Number of the trial.
            state: COMPLETE, PRUNED or FAIL.
            value: The objective of a trial that is complete.
            error: Why it failed.
        """
        trial = self._id(number)
        if error:
            self._storage.set_trial_user_attr(trial, ERROR, error)
        self._storage.set_trial_state_values(trial, state, None if value is None else [value])
        self._trials = None

    def note(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """Return what was stored with `set_note`; None if nothing was.

        Args:
            name: Name of the note.
        """
        return self._storage.get_study_user_attrs(self._study).get(name)

    def set_note(self, name: str, value: object) -> None:
        """Store a fact about the search.

        Args:
            name: Name of the note.
            value: What JSON can hold.
        """
        self._storage.set_study_user_attr(self._study, name, value)

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study, number)


@contextmanager
def open_study(folder: Path, fingerprint: str) -> Iterator[StudyFile]:
    """Open the study of a folder, or create it.

    A study with another fingerprint, or a file that cannot be read, is renamed to
    ``study.previous.db``, with a warning, and a new one begins.

    Args:
        folder: Folder of ``study.db``.
        fingerprint: Hash of all that the results depend on.

    Raises:
        FileError: Another process uses the study, or the folder cannot be written to.

    Examples:
        >>> with open_study(Path("search"), "1f2e") as study:
        ...     len(study.trials)
        0
    """
    path = folder / "study.db"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "study.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise FileError.of(error) from error
    try:
        try:
            lock_file(handle, wait=False)
        except BlockingIOError as error:
            raise FileError(
                f"Another process tunes in {folder}.", hint="Wait until it has finished."
            ) from error
        storage, study = _load(path, fingerprint)
        try:
            yield study
        finally:
            _close(storage)
    finally:
        os.close(handle)


def _load(path: Path, fingerprint: str) -> tuple[optuna.storages.RDBStorage, StudyFile]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    existed = path.exists()
    try:
        storage, study = _open(path)
        found = study.note(_FINGERPRINT)
        if found is None and not study.trials:
            study.set_note(_FINGERPRINT, fingerprint)
        if found in (None, fingerprint):
            return storage, study
        _close(storage)
        why = "The data, the settings or the versions of the search have changed"
    except Exception as error:  # SQLAlchemy, which is not imported here, has its own
        if not existed:
            raise FileError(
                f"{path} cannot be created: {error}.", hint="Check the disk."
            ) from error
        why = f"It cannot be read ({type(error).__name__})"
    previous = path.with_name("study.previous.db")
    _log.warning("%s: %s. The search starts anew; %s is the former one.", path, why, previous.name)
    path.replace(previous)
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    return _load(path, fingerprint)


def _open(path: Path) -> tuple[optuna.storages.RDBStorage, StudyFile]:
    storage = optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}")
    try:
        study_id = storage.get_study_id_from_name(_NAME)
    except KeyError:
        study_id = storage.create_new_study([StudyDirection.MAXIMIZE], _NAME)
    return storage, StudyFile(storage, study_id)


def _close(storage: optuna.storages.RDBStorage) -> None:
    storage.remove_session()
    storage.engine.dispose()
