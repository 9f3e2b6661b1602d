"""Ranges from which one recording condition is drawn."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from vocalbaby.entity.config import StrictModel

__all__ = ["CLEAN_RECORDING", "Probability", "RecordingConfig"]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Range = tuple[float, float]


class RecordingConfig(StrictModel):
    """How clips are recorded; every value is drawn anew for every clip.

    A range is (low, high) of a uniform draw; a probability says how often the effect
    occurs.

    Attributes:
        room_probability: Reverberant room rather than a close microphone.
        rt60_s: Reverberation time of the room in seconds.
        direct_to_reverberant_db: Energy of the direct sound over the rest.
        noise_probability: Audible background noise.
        snr_db: Signal over background noise.
        noise_slope_db: Slope of the background noise in dB per octave (0 white,
            -3 pink, -6 brown).
        hum_probability: Mains hum or a fan's tone as part of the background.
        babble_probability: Speech- and household-like modulation of the background.
        tilt_db: Spectral tilt of microphone and recorder in dB per octave.
        high_pass_hz: Low corner of the recorder, drawn log-uniformly.
        resonances: Largest number of microphone resonances or notches.
        resonance_db: Their gain.
        low_pass_probability: A high corner below 8 kHz.
        low_pass_hz: That corner, drawn log-uniformly.
        muffle_probability: Microphone under clothing: a soft roll-off from 0.8-2.5 kHz.
        phone_probability: Telephone band, 300 Hz to 3.4 kHz, with mu-law coding.
        codec_probability: Perceptual codec at a low bit rate.
        speech_codec_probability: Narrow-band speech codec of phones, such as AMR.
        suppression_probability: Noise suppression.
        agc_probability: Automatic gain control.
        clip_probability: Overdriven input.
        floor_dbfs: Level of the recorder's own white noise.
        level_dbfs: Root-mean-square level of the finished clip.
        fade_probability: Faded edges instead of abrupt ones.
    """

    room_probability: Probability = 0.7
    rt60_s: Range = (0.12, 0.7)
    direct_to_reverberant_db: Range = (-3.0, 15.0)
    noise_probability: Probability = 0.75
    snr_db: Range = (3.0, 40.0)
    noise_slope_db: Range = (-7.0, 1.0)
    hum_probability: Probability = 0.2
    babble_probability: Probability = 0.3
    tilt_db: Range = (-3.0, 2.5)
    high_pass_hz: Range = (20.0, 250.0)
    resonances: int = Field(default=3, ge=0)
    resonance_db: Range = (-8.0, 8.0)
    low_pass_probability: Probability = 0.45
    low_pass_hz: Range = (2800.0, 7800.0)
    muffle_probability: Probability = 0.12
    phone_probability: Probability = 0.06
    codec_probability: Probability = 0.15
    speech_codec_probability: Probability = 0.1
    suppression_probability: Probability = 0.1
    agc_probability: Probability = 0.2
    clip_probability: Probability = 0.08
    floor_dbfs: Range = (-96.0, -60.0)
    level_dbfs: Range = (-48.0, -12.0)
    fade_probability: Probability = 0.5

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name, value in self:
            if isinstance(value, tuple) and value[0] > value[1]:
                raise ValueError(f"{name}: the low end {value[0]} exceeds the high end {value[1]}")
        for name in ("rt60_s", "high_pass_hz", "low_pass_hz"):
            if getattr(self, name)[0] <= 0:
                raise ValueError(f"{name}: must be positive")
        return self


_OFF = {name: 0.0 for name in RecordingConfig.model_fields if name.endswith("_probability")}

#: Sets the level and fades the edges, without a room, noise or any effect of a recorder.
CLEAN_RECORDING: Final = RecordingConfig.model_validate(
    _OFF
    | {
        "fade_probability": 1.0,
        "tilt_db": (0.0, 0.0),
        "high_pass_hz": (1.0, 1.0),
        "resonances": 0,
        "floor_dbfs": (-96.0, -96.0),
        "level_dbfs": (-24.0, -24.0),
    }
)
