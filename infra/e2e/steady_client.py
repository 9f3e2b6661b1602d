"""A client that sends one prediction request after the other.

``python -m infra.e2e.steady_client URL KEY_FILE``. On SIGTERM the client prints how many requests
were answered, and ends. Its exit code is 1 if a request failed.
"""

import io
import math
import signal
import struct
import sys
import time
import urllib.request
import wave
from pathlib import Path
from types import FrameType
from typing import Final

_PAUSE_S: Final = 0.1
_SHOWN_ERRORS: Final = 5


def clip() -> bytes:
    """Return half a second of a tone as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 16000, 0, "NONE", ""))
        tone = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
        written.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    return file.getvalue()


def failure(request: urllib.request.Request) -> str:
    """Send a request and return why it failed, or an empty text."""
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            response.read()
    except OSError as error:
        return f"{time.strftime('%H:%M:%S')} {error}"
    return ""


def main() -> None:
    """Send requests until SIGTERM."""
    url, key_file = sys.argv[1:]
    headers = {
        "Authorization": f"Bearer {Path(key_file).read_text().strip()}",
        "Content-Type": "audio/wav",
    }
    request = urllib.request.Request(f"{url}/predict", clip(), headers)
    sent, failures, running = 0, [], True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    while running:
        sent += 1
        if reason := failure(request):
            failures.append(reason)
        time.sleep(_PAUSE_S)
    answered = sent - len(failures)
    print(f"{answered} of {sent} requests were answered", *failures[:_SHOWN_ERRORS], sep="\n")
    sys.exit(1 if failures or sent < 2 else 0)


if __name__ == "__main__":
    main()
