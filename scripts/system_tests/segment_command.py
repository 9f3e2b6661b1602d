"""`vocalbaby segment`, as a module that a Python of any environment can run."""

import sys

from vocalbaby.commands.main import main

if __name__ == "__main__":
    main(["segment", *sys.argv[1:]])
