"""One openSMILE per process, from the package ``opensmile``."""

import importlib
import warnings
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocalbaby.exception import FeatureSetError
from vocalbaby.utils.extras import needs_extra

__all__ = ["Smile", "open_smile"]


class Smile:
    """The functionals of eGeMAPSv02 of one signal at a time.

    openSMILE's library keeps one state per process, so that threads wait for each other.

    Args:
        names: The names that the functionals must have, in order.

    Raises:
        FeatureSetError: This version of openSMILE has other functionals.
        MissingExtraError: The extra ``egemaps`` is not installed.

    Examples:
        >>> smile = Smile(("loudness_sma3_amean",))  # doctest: +SKIP
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        with needs_extra("egemaps"):
            opensmile = importlib.import_module("opensmile")
        self._smile: Any = opensmile.Smile(
            feature_set=opensmile.FeatureSet.eGeMAPSv02,
            feature_level=opensmile.FeatureLevel.Functionals,
            num_workers=1,
        )
        self._lock = Lock()
        if tuple(self._smile.feature_names) != names:
            raise FeatureSetError(
                "The installed version of openSMILE has other functionals than eGeMAPSv02 had.",
                hint="Install the version 2.5 or 2.6 of the package opensmile.",
            )

    def functionals(self, signal: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
        """Compute the functionals of a signal.

        Args:
            signal: float32, shape (n_samples,), from -1 to 32767/32768.
            rate: Sampling rate in Hz.

        Returns:
            float64, shape (n_functionals,).

        Raises:
            FeatureSetError: openSMILE fails.

        Examples:
            >>> smile.functionals(np.zeros(8000, np.float32), 16_000)  # doctest: +SKIP
        """
        with self._lock, warnings.catch_warnings():
            # It warns of clips that are too short, which have NaN in every column.
            warnings.simplefilter("ignore")
            try:
                values = self._smile(np.maximum(signal, np.float32(-1)), rate)
            except Exception as error:  # its C library raises one class per version
                raise FeatureSetError(f"openSMILE cannot process a clip: {error}.") from error
        result: NDArray[np.float64] = np.asarray(values, np.float64).reshape(-1)
        return result


@cache
def open_smile(names: tuple[str, ...]) -> Smile:
    """Return the `Smile` of this process, which is made at the first call.

    Args:
        names: The names that the functionals must have, in order.

    Raises:
        FeatureSetError: This version of openSMILE has other functionals.
        MissingExtraError: The extra ``egemaps`` is not installed.

    Examples:
        >>> smile = open_smile(("loudness_sma3_amean",))  # doctest: +SKIP
    """
    return Smile(names)
