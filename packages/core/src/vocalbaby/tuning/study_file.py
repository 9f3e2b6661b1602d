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
        study: Optuna's study.

    Examples:
        >>> study = StudyFile(optuna.create_study(direction="maximize"))
        >>> study.add({"max_depth": 3}, {"max_depth": optuna.distributions.IntDistribution(1, 9)})
        >>> study.report(0, 0, 0.5)
        >>> study.finish(0, TrialState.COMPLETE, 0.5)
        >>> [(trial.value, trial.params) for trial in study.trials]
        [(0.5, {'max_depth': 3})]
    """

    def __init__(self, study: optuna.Study) -> None:
        self._study = study

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials by number."""
        return self._study.get_trials(deepcopy=False)

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
        self._study.add_trial(trial)

    def report(self, number: int, step: int, value: float) -> None:
        """Store the objective of one step (a fold) of a trial.

        Args:
            number: Number of the trial.
            step: Number of the step.
            value: The objective.
        """
        self._trial(number).report(value, step)

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
        if error:
            self._trial(number).set_user_attr(ERROR, error)
        self._study.tell(number, value, state)

    def note(self, name: str) -> float | None:
        """Return a figure that was stored with `set_note`; None if there is none.

        Args:
            name: Name of the figure.
        """
        value: float | None = self._study.user_attrs.get(name)
        return value

    def set_note(self, name: str, value: float) -> None:
        """Store a figure of the search.

        Args:
            name: Name of the figure.
            value: The figure.
        """
        self._study.set_user_attr(name, value)

    def _trial(self, number: int) -> optuna.Trial:
        return optuna.Trial(self._study, self.trials[number]._trial_id)  # noqa: SLF001 - it has no other name


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
            yield StudyFile(study)
        finally:
            _close(storage)
    finally:
        os.close(handle)


def _load(path: Path, fingerprint: str) -> tuple[optuna.storages.RDBStorage, optuna.Study]:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    existed = path.exists()
    try:
        storage, study = _open(path)
        found = study.user_attrs.get(_FINGERPRINT)
        if found == fingerprint:
            return storage, study
        if found is None and not study.trials:
            study.set_user_attr(_FINGERPRINT, fingerprint)
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
    for name in (f"{path.name}-journal", f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
    return _load(path, fingerprint)


def _open(path: Path) -> tuple[optuna.storages.RDBStorage, optuna.Study]:
    storage = optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}")
    study = optuna.create_study(
        storage=storage, study_name=_NAME, direction="maximize", load_if_exists=True
    )
    return storage, study


def _close(storage: optuna.storages.RDBStorage) -> None:
    storage.remove_session()
    storage.engine.dispose()
