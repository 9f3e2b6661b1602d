"""The default set: spectrum, dynamics, rhythm and voice, none of them level-dependent."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vocalbaby.entity.clip import SAMPLE_RATE
from vocalbaby.entity.features import Column
from vocalbaby.features import f0, formants, prosody, spectral
from vocalbaby.features.frames import Framing, Layout, lay_out, power_spectra
from vocalbaby.features.functionals import mean_std, quantiles, segment_sum

__all__ = ["NAME", "SET"]

Array = NDArray[np.float32]

NAME: Final = "spectral_prosodic"
_FRAMING: Final = Framing(window=512, hop=160, n_fft=1024)
_FRAME_S: Final = _FRAMING.hop / SAMPLE_RATE
_CHUNK: Final = 16
_ACTIVE: Final = np.float32(1e-4)
_SILENT_RMS: Final = 1e-6


def _columns() -> tuple[Column, ...]:
    out: list[Column] = []

    def add(group: str, name: str, unit: str, text: str) -> None:
        out.append(Column(name, unit, text, group))

    for stat, text in (("mean", "Mean"), ("std", "Standard deviation")):
        for k in range(1, spectral.N_CEPSTRA):
            add("cepstrum" if stat == "mean" else "cepstrum_dynamics", f"cepstrum{k}_{stat}", "dB",
                f"{text} of cepstral coefficient {k} over the active frames.")
    for k in range(spectral.N_CEPSTRA):
        add("cepstrum_dynamics", f"cepstrum{k}_delta", "dB",
            f"Standard deviation of the change of cepstral coefficient {k} in 40 ms.")
    for stat, text in (("mean", "Mean"), ("std", "Standard deviation")):
        for name, unit, what in spectral.SHAPE:
            add("shape", f"{name}_{stat}", unit, f"{text} over the active frames: {what}.")
    for k in range(spectral.N_MELS):
        add("mel_dynamics", f"mel{k}_range", "dB", f"10th to 90th percentile of log-mel band {k}.")
    for name, unit in (("mean", "dB"), ("std", "dB"), ("range", "dB"), ("attack", "dB/s"),
                       ("decay", "dB/s"), ("peak_rate", "1/s"), ("centre", "1")):
        add("energy", f"energy_{name}", unit, f"Energy envelope {name}.")
    for hz in prosody.MODULATION_HZ:
        add("modulation", f"modulation_{hz}hz", "1", f"Depth of modulation at {hz} Hz.")
    for name in ("mean", "std", "q10", "q50", "q90", "slope"):
        add("prosody", f"f0_{name}", "semitones", f"F0 {name} re 100 Hz.")
    add("prosody", "voiced_fraction", "1", "Share of voiced frames.")
    add("voice", "f0_jitter", "semitones", "Mean absolute second difference of F0.")
    add("voice", "shimmer", "dB", "Mean absolute second difference of energy in voiced frames.")
    add("voice", "periodicity_mean", "1", "Mean periodicity.")
    add("voice", "periodicity_std", "1", "Std periodicity.")
    add("voice", "hnr_mean", "dB", "Mean HNR of voiced frames.")
    add("voice", "hnr_std", "dB", "Std HNR of voiced frames.")
    add("voice", "h1_h2_mean", "dB", "Mean H1-H2 of voiced frames.")
    add("voice", "h1_h2_std", "dB", "Std H1-H2 of voiced frames.")
    for stat in ("mean", "std"):
        for k in range(1, formants.N_FORMANTS + 1):
            add("formants", f"f{k}_{stat}", "kHz", f"F{k} {stat}.")
    return tuple(out)


def _normalise(clip: Array) -> Array:
    centred = clip - clip.mean(dtype=np.float64)
    rms = np.sqrt(np.mean(centred * centred))
    return (centred / rms if rms > _SILENT_RMS else centred * 0).astype(np.float32)


def _voice(power: Array, layout: Layout, energy: Array) -> tuple[list[Array], list[Array]]:
    track = f0.track(power, layout, _FRAMING, energy)
    voiced = track.voiced
    semitones = np.float32(12) * np.log2(track.hz / np.float32(100))
    level = np.float32(10) * np.log10(np.maximum(energy, np.float32(1e-6)))
    before, after = prosody.neighbour(layout, -1), prosody.neighbour(layout, 1)
    inner = voiced & voiced[before] & voiced[after] & (before < after - 1)
    bend = np.abs(np.stack([semitones, level]) * 2 - np.stack(
        [semitones[before] + semitones[after], level[before] + level[after]])) / 2
    rough, _ = mean_std(bend, layout, inner)
    pitch_mean, pitch_std = mean_std(semitones[None], layout, voiced)
    q = quantiles(semitones[None], layout, (0.1, 0.5, 0.9), voiced)
    rise, _ = mean_std(((semitones[after] - semitones[before]) / (2 * _FRAME_S))[None], layout, inner)
    share = segment_sum(voiced.astype(np.float32), layout) / layout.counts
    r = np.clip(track.strength, 1e-3, 0.9999)
    hnr = np.float32(10) * np.log10(r / (1 - r))
    tilt = prosody.harmonic_difference(power, layout, track, _FRAMING.n_fft)
    per, per_std = mean_std(track.periodicity[None], layout, energy > _ACTIVE)
    m, s = mean_std(np.stack([hnr, tilt]), layout, voiced)
    pitch = [pitch_mean[0], pitch_std[0], *(x[0] for x in q), rise[0], share]
    voice = [rough[0], rough[1], per[0], per_std[0], m[0], s[0], m[1], s[1]]
    return pitch, voice


def _chunk(clips: Sequence[Array]) -> Array:
    layout = lay_out([len(clip) for clip in clips], _FRAMING)
    power = power_spectra([_normalise(clip) for clip in clips], layout, _FRAMING)
    spectra = spectral.describe(power, layout, _FRAMING)
    active = spectra.energy > _ACTIVE
    cep_mean, cep_std = mean_std(spectra.cepstra, layout, active)
    delta = spectra.cepstra[:, prosody.neighbour(layout, 2)] - spectra.cepstra[:, prosody.neighbour(layout, -2)]
    _, delta_std = mean_std(delta, layout, active)
    shape_mean, shape_std = mean_std(spectra.shape, layout, active)
    low, high = quantiles(spectra.log_mel, layout, (0.1, 0.9))
    pitch, voice = _voice(power, layout, spectra.energy)
    found = np.isfinite(spectra.formants) & active
    form_mean, form_std = mean_std(spectra.formants, layout, found)
    rows = [cep_mean[1:], cep_std[1:], delta_std, shape_mean, shape_std, high - low,
            prosody.envelope(spectra.energy, layout, _FRAME_S),
            prosody.modulation(spectra.energy, layout, _FRAME_S), np.stack(pitch), np.stack(voice),
            form_mean, form_std]
    return np.concatenate(rows).T


class SpectralProsodic:
    """Level-invariant statistics of spectrum, envelope, F0 and voice quality."""

    name = NAME
    version = "1"
    columns = _columns()

    def extract(self, clips: Sequence[Array]) -> Array:
        """Features of a batch; see :class:`vocalbaby.entity.features.FeatureSet`."""
        result = np.empty((len(clips), len(self.columns)), np.float32)
        order = sorted(range(len(clips)), key=lambda i: len(clips[i]))
        for begin in range(0, len(clips), _CHUNK):
            part = order[begin : begin + _CHUNK]
            result[part] = _chunk([clips[i] for i in part])
        for i, clip in enumerate(clips):
            if float(np.std(clip, dtype=np.float64)) <= _SILENT_RMS:
                result[i] = np.nan
        return result


SET: Final = SpectralProsodic()
