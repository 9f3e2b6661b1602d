"""Writes everything that is generated: ``python -m dashboards`` or ``./pants run dashboards``."""

import argparse
from pathlib import Path

from dashboards import config, generate


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="dashboards", description=__doc__)
    parser.add_argument("--config", type=Path, default=config.CONFIG, help="the limits")
    parser.add_argument("--out", type=Path, default=generate.GENERATED, help="the folder")
    arguments = parser.parse_args()
    changed = generate.write(config.load(arguments.config), arguments.out)
    print("\n".join(map(str, changed)) or "nothing changed")  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
