"""A client that never stops: it asks the service to label a clip, again and again.

``python -m infra.rehearsal.client URL KEY_FILE``. SIGTERM ends it; then it says how many
questions were answered, and its exit code is 1 when one was not.
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

PAUSE_S = 0.1


def clip() -> bytes:
    """Half a second of a tone, as WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 16000, 0, "NONE", ""))
        tone = (int(8000 * math.sin(440 * math.tau * i / 16000)) for i in range(8000))
        written.writeframes(b"".join(struct.pack("<h", sample) for sample in tone))
    return file.getvalue()


def fault(request: urllib.request.Request) -> str:
    """What is wrong with the answer; nothing if all is well."""
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            answer.read()
    except OSError as error:
        return f"{time.strftime('%H:%M:%S')} {error}"
    return ""


def main() -> None:
    """Ask until SIGTERM."""
    url, key_file = sys.argv[1:]
    headers = {
        "Authorization": f"Bearer {Path(key_file).read_text().strip()}",
        "Content-Type": "audio/wav",
    }
    request = urllib.request.Request(f"{url}/predict", clip(), headers)  # noqa: S310
    asked, faults, going = 0, [], True

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, stop)
    while going:
        asked += 1
        if said := fault(request):
            faults.append(said)
        time.sleep(PAUSE_S)
    print(f"{asked - len(faults)} of {asked} questions were answered", *faults[:5], sep="\n")
    sys.exit(1 if faults or asked < 2 else 0)


if __name__ == "__main__":
    main()
