"""Locks on files, which end with their process, on POSIX systems and on Windows."""

import os
import sys
import time

__all__ = ["lock_file"]

if sys.platform == "win32":
    import msvcrt

    # Far beyond the content of every file: others cannot read a locked byte.
    _BYTE = 1 << 30
    _SECONDS = 0.02

    def lock_file(handle: int, *, wait: bool = True) -> None:
        """Lock an open file, as below."""
        while True:
            at = os.lseek(handle, 0, os.SEEK_CUR)
            os.lseek(handle, _BYTE, os.SEEK_SET)
            try:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    raise BlockingIOError("another process has locked the file") from None
                time.sleep(_SECONDS)
            else:
                return
            finally:
                os.lseek(handle, at, os.SEEK_SET)

else:
    import fcntl

    def lock_file(handle: int, *, wait: bool = True) -> None:
        """Lock an open file until it is closed, or its process ends.

        Args:
            handle: Descriptor of a file that is open for writing.
            wait: Whether to wait while another process has locked it.

        Raises:
            BlockingIOError: Another process has locked it, and `wait` is false.

        Examples:
            >>> with open("state.lock", "wb") as file:
            ...     lock_file(file.fileno(), wait=False)
        """
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
