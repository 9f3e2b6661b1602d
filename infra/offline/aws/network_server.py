"""The simulated AWS, reachable from this machine and from a network of containers.

``python -m infra.offline.aws.network_server PORT ADDRESS`` listens on loopback and on ADDRESS
until SIGTERM. Both addresses serve the same simulated account, whose instance refreshes
replace instances one after the other (:mod:`infra.offline.aws.instance_refresh`).
"""

import signal
import sys

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from infra.offline.aws import instance_refresh, server


def main() -> None:
    """Listen until the process is terminated."""
    port, address = int(sys.argv[1]), sys.argv[2]
    server.serve(port)
    instance_refresh.install()
    ThreadedMotoServer(address, port, verbose=False).start()
    signal.pause()


if __name__ == "__main__":
    main()
