"""Speech of espeak-ng, from the library that the package ``espeakng-loader`` carries.

The version is pinned in the lock file. With a fixed seed and order of the utterances, the library
gives the same samples in every process.
"""

import ctypes
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from scripts.speech_corpus.speakers import Speaker

__all__ = ["RATE", "Espeak"]

#: Sample rate of espeak-ng, Hz.
RATE: Final = 22_050

# Constants of speak_lib.h.
_SYNCHRONOUS, _UTF8 = 2, 1
_WORDS_PER_MINUTE, _VOLUME = 1, 2
# High voices clip at the default volume of 100.
_QUIET: Final = 50
_SEED: Final = 12

_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The library, with the voices of speakers.

    A process can hold one instance, as the library keeps its state in global variables.

    Args:
        data: Folder for a copy of espeak-ng's data, to which the voices are added.
        speakers: Speakers that `say` may be called with.

    Raises:
        OSError: The library cannot be loaded, or the folder cannot be written.
    """

    def __init__(self, data: Path, speakers: Iterable[Speaker]) -> None:
        folder = data / "espeak-ng-data"
        shutil.copytree(str(espeakng_loader.get_data_path()), folder)
        for speaker in speakers:
            path = folder / "voices" / "!v" / speaker.name
            path.write_text(speaker.variant(), "ascii")
        self._library: Any = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._library.espeak_Info.restype = ctypes.c_char_p
        self._blocks: list[NDArray[np.int16]] = []
        # The library keeps a pointer to it.
        self._callback = _CALLBACK(self._receive)
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, str(folder).encode(), 0) != RATE:
            raise OSError(f"espeak-ng cannot be initialized with the data in {folder}.")
        self._library.espeak_SetSynthCallback(self._callback)
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))

    @property
    def version(self) -> str:
        """Version of espeak-ng."""
        return str(self._library.espeak_Info(None).decode("ascii"))

    def say(self, speaker: Speaker, text: str) -> NDArray[np.int16]:
        """Synthesize a text.

        Returns:
            int16, shape (n_samples,), at 22.05 kHz.

        Raises:
            ValueError: espeak-ng does not know the language.
            OSError: espeak-ng returned an error or no sound.
        """
        voice = f"{speaker.language}+{speaker.name}".encode()
        if self._library.espeak_SetVoiceByName(voice) != 0:
            raise ValueError(f"espeak-ng has no voice for the language {speaker.language!r}.")
        self._library.espeak_SetParameter(_WORDS_PER_MINUTE, speaker.words_per_minute, 0)
        self._library.espeak_SetParameter(_VOLUME, _QUIET, 0)
        self._blocks.clear()
        data = text.encode()
        size = ctypes.c_size_t(len(data) + 1)
        failed = self._library.espeak_Synth(data, size, 0, 0, 0, _UTF8, None, None)
        failed = failed or self._library.espeak_Synchronize()
        if failed or not self._blocks:
            raise OSError(f"espeak-ng cannot say {text!r} (error {failed}).")
        return np.concatenate(self._blocks)

    def _receive(
        self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object
    ) -> int:
        # The last call has a null pointer and no samples.
        if count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0
