"""The simulated AWS, reachable from this machine and from a network of containers.

``python -m infra.rehearsal.simulated_aws PORT ADDRESS`` listens on loopback and on ADDRESS
until SIGTERM: one AWS with two doors.
"""

import signal
import sys

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from infra.rehearsal import rolling
from infra.tests import simulated_aws


def main() -> None:
    """Listen until the process is ended."""
    port, address = int(sys.argv[1]), sys.argv[2]
    simulated_aws.serve(port)
    rolling.install()
    ThreadedMotoServer(address, port, verbose=False).start()
    signal.pause()


if __name__ == "__main__":
    main()
