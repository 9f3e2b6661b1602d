"""eGeMAPS, 88 functionals that openSMILE computes.

The licence of openSMILE permits research and education only, so the set computes nothing until
the setting ``accept_research_licence`` says that the user has read and accepted it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.config import StrictModel
from vocalbaby.exception import FeatureSetError
from vocalbaby.features.egemaps.columns import COLUMNS
from vocalbaby.features.egemaps.smile import open_smile
from vocalbaby.utils.config import load_config

__all__ = ["LICENCE", "NAME", "SET", "VARIABLE", "Egemaps", "EgemapsConfig"]

Array = NDArray[np.float32]

NAME: Final = "egemaps"

#: The environment variable by which a machine accepts the licence.
VARIABLE: Final = "VOCALBABY_EGEMAPS__ACCEPT_RESEARCH_LICENCE"

#: What the error says where the licence is not accepted.
LICENCE: Final = (
    "The feature set 'egemaps' is computed by openSMILE (audEERING GmbH), whose licence permits "
    "private, research and educational use only. Commercial use, which includes a model that "
    "was trained on these features, needs a licence of audEERING "
    "(https://github.com/audeering/opensmile/blob/master/LICENSE)."
)

_RATE: Final = 16_000
#: The greatest sample that openSMILE's conversion to 16 bits does not wrap to the lowest one.
_MAX: Final = np.float32(32_767 / 32_768)


class EgemapsConfig(StrictModel):
    """Settings of eGeMAPS.

    Attributes:
        accept_research_licence: Whether the user has read and accepted that the licence of
            openSMILE permits research and education only.

    Examples:
        >>> EgemapsConfig(accept_research_licence=True).feature_set().name
        'egemaps'
    """

    accept_research_licence: bool = False

    def feature_set(self) -> "Egemaps":
        """Return the feature set; openSMILE need not be installed.

        Examples:
            >>> len(EgemapsConfig().feature_set().columns)
            88
        """
        return Egemaps(accepted=self.accept_research_licence)


class Egemaps:
    """eGeMAPSv02 functionals by openSMILE.

    Args:
        accepted: Whether the settings of the set accept the licence; if not, the environment
            variable `VARIABLE` may.

    Examples:
        >>> Egemaps().columns[0].name, Egemaps().columns[0].unit
        ('F0semitoneFrom27.5Hz_sma3nz_amean', 'semitones')
    """

    name = NAME
    version = "1"
    file = None
    columns = COLUMNS

    def __init__(self, *, accepted: bool = False) -> None:
        self._accepted = accepted

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see `vocalbaby.entity.features.FeatureSet`.

        The values are openSMILE's: 0 where a clip has no voiced frame, and NaN in every column
        of a clip that is too short for it (less than about 60 ms).

        Args:
            clips: Mono float32 arrays at 16 kHz, each of shape (n_samples,).

        Returns:
            float32, shape (n_clips, 88).

        Raises:
            FeatureSetError: The licence is not accepted, or openSMILE has other columns.
            MissingExtraError: The extra ``egemaps`` is not installed.

        Examples:
            >>> Egemaps().extract([])
            Traceback (most recent call last):
            vocalbaby.exception.FeatureSetError: The feature set 'egemaps' is computed by ...
        """
        self._require_accepted()
        smile = open_smile(tuple(column.name for column in COLUMNS))
        result = np.empty((len(clips), len(COLUMNS)), np.float32)
        for row, clip in zip(result, clips, strict=True):
            row[:] = smile.functionals(np.minimum(clip, _MAX), _RATE)
        result[np.isinf(result)] = np.nan
        return result

    def _require_accepted(self) -> None:
        if self._accepted or load_config(None, EgemapsConfig, NAME).accept_research_licence:
            return
        raise FeatureSetError(
            LICENCE,
            hint="If your use is permitted, accept the licence: set the variable "
            f"{VARIABLE}=true, or egemaps.accept_research_licence: true in features.yaml of a "
            "pipeline.",
        )


SET: Final = Egemaps()
