"""What an archive costs: core-hours, dollars and storage, from measured figures and a price.

    python -m benchmarks.archive.costs --days 10000 --price 0.05

The defaults of the measured figures are those of benchmarks/README.md and docs/archive-scale.md.
"""

import argparse

__all__ = ["costs", "main"]


def costs(
    days: int,
    *,
    hours: float = 16.0,
    cpu_s_per_hour: float = 1.74,
    overhead_s: float = 0.06,
    mb_per_day: float = 0.27,
    price: float = 0.05,
) -> dict[str, float]:
    """Return what an archive costs.

    Args:
        days: Recordings.
        hours: Hours of each.
        cpu_s_per_hour: CPU seconds for an hour of sound.
        overhead_s: Seconds for each recording beside its sound.
        mb_per_day: MB of results of each recording.
        price: Dollars for a core and an hour.

    Returns:
        Core-hours, dollars, GB of sound (16 kHz, 16 bits, one channel) and GB of results.

    Examples:
        >>> {name: round(value, 1) for name, value in costs(10_000).items()}
        {'core_hours': 77.5, 'dollars': 3.9, 'sound_gb': 18432.0, 'results_gb': 2.7}
    """
    core_hours = days * (hours * cpu_s_per_hour + overhead_s) / 3600
    return {
        "core_hours": core_hours,
        "dollars": core_hours * price,
        "sound_gb": days * hours * 3600 * 32_000 / 1e9,
        "results_gb": days * mb_per_day / 1000,
    }


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=16.0, help="hours of each day")
    parser.add_argument("--cpu-s-per-hour", type=float, default=1.74)
    parser.add_argument("--overhead-s", type=float, default=0.06, help="seconds for each day")
    parser.add_argument("--mb-per-day", type=float, default=0.27, help="MB of results")
    parser.add_argument("--price", type=float, default=0.05, help="dollars for a core and an hour")
    given = vars(parser.parse_args())
    for name, value in costs(given.pop("days"), **given).items():
        print(f"{name:12} {value:,.1f}")


if __name__ == "__main__":
    main()
