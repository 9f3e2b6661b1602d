"""`vocalbaby segment` with limited memory, as a module that any Python can run."""

import resource
import sys
from typing import Final

from vocalbaby.commands.main import main

#: Bytes of memory that a process may ask for: what exceeds them fails at once.
LIMIT: Final = 600 * 2**20

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    main(["segment", *sys.argv[1:]])
