"""The 88 columns of eGeMAPSv02, by openSMILE's names, with units.

Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for voice research and
affective computing", IEEE Transactions on Affective Computing 7(2).
"""

from collections.abc import Iterator
from typing import Final

from vocalbaby.entity.features import Column

__all__ = ["COLUMNS"]

#: Contours with ten functionals: name, unit, what it is, group.
_LONG: Final = (
    ("F0semitoneFrom27.5Hz_sma3nz", "semitones", "F0 above 27.5 Hz, voiced frames", "frequency"),
    ("loudness_sma3", "sone", "loudness from an auditory spectrum, all frames", "energy"),
)
_TEN: Final = (
    ("amean", "{}", "Mean"),
    ("stddevNorm", "1", "Coefficient of variation"),
    ("percentile20.0", "{}", "20th percentile"),
    ("percentile50.0", "{}", "Median"),
    ("percentile80.0", "{}", "80th percentile"),
    ("pctlrange0-2", "{}", "Range from the 20th to the 80th percentile"),
    ("meanRisingSlope", "{}/s", "Mean slope of the rising parts"),
    ("stddevRisingSlope", "{}/s", "Standard deviation of the slope of the rising parts"),
    ("meanFallingSlope", "{}/s", "Mean slope of the falling parts"),
    ("stddevFallingSlope", "{}/s", "Standard deviation of the slope of the falling parts"),
)
_MFCC: Final = tuple(
    (f"mfcc{k}_sma3", "1", f"cepstral coefficient {k}, all frames", "cepstrum") for k in range(1, 5)
)
_FORMANTS: Final = tuple(
    row
    for k in (1, 2, 3)
    for row in (
        (f"F{k}frequency_sma3nz", "Hz", f"frequency of formant {k}, voiced frames", "frequency"),
        (f"F{k}bandwidth_sma3nz", "Hz", f"bandwidth of formant {k}, voiced frames", "frequency"),
        (
            f"F{k}amplitudeLogRelF0_sma3nz",
            "dB",
            f"level of formant {k} relative to F0, voiced frames",
            "energy",
        ),
    )
)
_BALANCE: Final = (
    ("alphaRatio{}", "dB", "level at 50 Hz to 1 kHz over that at 1 to 5 kHz"),
    ("hammarbergIndex{}", "dB", "strongest peak at 0 to 2 kHz over that at 2 to 5 kHz"),
    ("slope{}0-500", "dB/Hz", "slope of the spectrum at 0 to 500 Hz"),
    ("slope{}500-1500", "dB/Hz", "slope of the spectrum at 500 to 1,500 Hz"),
    ("spectralFlux{}", "1", "change of the spectrum between frames"),
)
#: Contours with a mean and a coefficient of variation, in openSMILE's order.
_SHORT: Final = (
    ("spectralFlux_sma3", "1", "change of the spectrum between frames, all frames", "spectrum"),
    *_MFCC,
    ("jitterLocal_sma3nz", "1", "jitter, voiced frames", "voice"),
    ("shimmerLocaldB_sma3nz", "dB", "shimmer, voiced frames", "voice"),
    ("HNRdBACF_sma3nz", "dB", "harmonics-to-noise ratio, voiced frames", "voice"),
    ("logRelF0-H1-H2_sma3nz", "dB", "harmonic 1 over harmonic 2, voiced frames", "voice"),
    ("logRelF0-H1-A3_sma3nz", "dB", "harmonic 1 over formant 3, voiced frames", "voice"),
    *_FORMANTS,
    *(
        (f"{name.format('V')}_sma3nz", unit, f"{text}, voiced frames", "spectrum")
        for name, unit, text in _BALANCE
    ),
    *(
        (f"mfcc{k}V_sma3nz", "1", f"cepstral coefficient {k}, voiced frames", "cepstrum")
        for k in range(1, 5)
    ),
)
_LAST: Final = (
    ("loudnessPeaksPerSec", "1/s", "Peaks of the loudness per second.", "rhythm"),
    ("VoicedSegmentsPerSec", "1/s", "Voiced stretches per second.", "rhythm"),
    ("MeanVoicedSegmentLengthSec", "s", "Mean length of a voiced stretch.", "rhythm"),
    (
        "StddevVoicedSegmentLengthSec",
        "s",
        "Standard deviation of the length of a voiced stretch.",
        "rhythm",
    ),
    ("MeanUnvoicedSegmentLength", "s", "Mean length of an unvoiced stretch.", "rhythm"),
    (
        "StddevUnvoicedSegmentLength",
        "s",
        "Standard deviation of the length of an unvoiced stretch.",
        "rhythm",
    ),
    ("equivalentSoundLevel_dBp", "dB", "Mean level of the clip, re full scale.", "energy"),
)


def _columns() -> Iterator[Column]:
    for name, unit, text, group in _LONG:
        for suffix, of_unit, statistic in _TEN:
            yield Column(f"{name}_{suffix}", of_unit.format(unit), f"{statistic}: {text}.", group)
    for name, unit, text, group in _SHORT:
        for suffix, of_unit, statistic in _TEN[:2]:
            yield Column(f"{name}_{suffix}", of_unit.format(unit), f"{statistic}: {text}.", group)
    for name, unit, text in _BALANCE:
        yield Column(
            f"{name.format('UV')}_sma3nz_amean", unit, f"Mean: {text}, unvoiced frames.", "spectrum"
        )
    for row in _LAST:
        yield Column(*row)


#: In the order of openSMILE.
COLUMNS: Final = tuple(_columns())
