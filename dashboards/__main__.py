"""Generate dashboards and rules: ``python -m dashboards`` or ``./pants run dashboards``."""

import argparse
from pathlib import Path

from dashboards import config, generate


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="dashboards", description=__doc__)
    parser.add_argument("--config", type=Path, default=config.CONFIG, help="file of the limits")
    parser.add_argument(
        "--out", type=Path, default=generate.GENERATED, help="folder for the generated files"
    )
    arguments = parser.parse_args()
    changed = generate.write(config.load(arguments.config), arguments.out)
    print("\n".join(map(str, changed)) or "nothing changed")  # noqa: T201 - the output of a command


if __name__ == "__main__":
    main()
