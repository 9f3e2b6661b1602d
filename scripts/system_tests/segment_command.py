"""`vocalbaby segment` with limited memory, as a module that any Python can run.

The environment variable PEAK_FILE names a file for the most resident memory in kB. That which the
system reports to the parent begins with the memory of the parent.
"""

import os
import re
import resource
import sys
from pathlib import Path
from typing import Final

from vocalbaby.commands.main import main

#: Bytes of memory that a process may ask for: what exceeds them fails at once.
LIMIT: Final = 600 * 2**20

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    try:
        main(["segment", *sys.argv[1:]])
    finally:
        status = Path("/proc/self/status").read_text("ascii")
        if peak := os.environ.get("PEAK_FILE"):
            Path(peak).write_text(re.findall(r"VmHWM:\s*(\d+) kB", status)[0], "ascii")
