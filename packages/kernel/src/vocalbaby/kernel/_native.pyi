# Functions in C on memory that the caller provides; comments in the C sources describe them. A
# _Buffer must be contiguous, such as an array, and at least as long as the other arguments
# require; otherwise ValueError is raised.

from typing import Any, TypeAlias

_Buffer: TypeAlias = Any

def spectra(
    clips: list[Any],
    counts: _Buffer,
    edges: _Buffer,
    hann: _Buffer,
    waves: _Buffer,
    mel: _Buffer,
    lags: _Buffer,
    correction: _Buffer,
    cost: _Buffer,
    band: _Buffer,
    sums: _Buffer,
    total: _Buffer,
    logs: _Buffer,
    period: _Buffer,
    height: _Buffer,
    strength: _Buffer,
    pitch: _Buffer,
    /,
) -> None: ...
def shape(
    n: int,
    sums: _Buffer,
    logs: _Buffer,
    edges: _Buffer,
    octave: _Buffer,
    weights: _Buffer,
    dct: _Buffer,
    grid: _Buffer,
    shape: _Buffer,
    cepstra: _Buffer,
    places: _Buffer,
    near: _Buffer,
    /,
) -> None: ...
def path(
    starts: _Buffer,
    counts: _Buffer,
    n_rows: int,
    total: _Buffer,
    logs: _Buffer,
    strength: _Buffer,
    height: _Buffer,
    path: _Buffer,
    energy: _Buffer,
    share: _Buffer,
    /,
) -> None: ...
def summary(
    starts: _Buffer,
    counts: _Buffer,
    n_rows: int,
    total: _Buffer,
    shape: _Buffer,
    cepstra: _Buffer,
    logs: _Buffer,
    places: _Buffer,
    log_near: _Buffer,
    period: _Buffer,
    height: _Buffer,
    log_pitch: _Buffer,
    path: _Buffer,
    energy: _Buffer,
    log_share: _Buffer,
    hann: _Buffer,
    waves: _Buffer,
    out: _Buffer,
    /,
) -> None: ...
def margins(
    x: _Buffer,
    n_rows: int,
    n_features: int,
    depth: int,
    n_trees: int,
    nodes: _Buffer,
    leaves: _Buffer,
    starts: _Buffer,
    base: _Buffer,
    out: _Buffer,
    /,
) -> None: ...
def novelty(
    x: _Buffer,
    n_rows: int,
    center: _Buffer,
    scale: _Buffer,
    axes: _Buffer,
    variances: _Buffer,
    out: _Buffer,
    /,
) -> None: ...
def viterbi(
    scores: _Buffer,
    n: int,
    k: int,
    change: _Buffer,
    entry: _Buffer,
    path: _Buffer,
    /,
) -> None: ...
def flat_ends(
    samples: _Buffer, n: int, low: float, high: float, step: float, ratio: int, /
) -> tuple[int, int, float]: ...
