# Functions in C on memory that the caller provides; comments in the C sources describe them. A
# _Buffer must be contiguous, such as an array, and at least as long as the other arguments
# require; otherwise ValueError is raised.

from typing import Any, TypeAlias

_Buffer: TypeAlias = Any

def normalise(clip: _Buffer, out: _Buffer, /) -> bool: ...
def window(
    clips: list[Any], counts: _Buffer, begin: int, end: int, hann: _Buffer, windowed: _Buffer, /
) -> None: ...
def power(
    counts: _Buffer,
    begin: int,
    end: int,
    spectrum: _Buffer,
    band: _Buffer,
    power: _Buffer,
    weighted: _Buffer,
    /,
) -> None: ...
def candidates(
    begin: int,
    end: int,
    lags: _Buffer,
    correction: _Buffer,
    cost: _Buffer,
    period: _Buffer,
    height: _Buffer,
    strength: _Buffer,
    logs: _Buffer,
    /,
) -> None: ...
def levels(
    counts: _Buffer,
    sums: _Buffer,
    power: _Buffer,
    places: _Buffer,
    energy: _Buffer,
    logs: _Buffer,
    /,
) -> None: ...
def shape(
    counts: _Buffer,
    sums: _Buffer,
    logs: _Buffer,
    places: _Buffer,
    octave: _Buffer,
    weights: _Buffer,
    shape: _Buffer,
    log_mel: _Buffer,
    filters: _Buffer,
    /,
) -> None: ...
def valleys(n: int, response: _Buffer, place: _Buffer, logs: _Buffer, /) -> None: ...
def path(
    counts: _Buffer,
    energy: _Buffer,
    logs: _Buffer,
    strength: _Buffer,
    period: _Buffer,
    height: _Buffer,
    power: _Buffer,
    path: _Buffer,
    voice: _Buffer,
    /,
) -> None: ...
def summary(
    counts: _Buffer,
    energy: _Buffer,
    shape: _Buffer,
    cepstra: _Buffer,
    logs: _Buffer,
    n_logs: int,
    valleys: _Buffer,
    log_valleys: _Buffer,
    path: _Buffer,
    height: _Buffer,
    log_pitch: _Buffer,
    voice: _Buffer,
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
