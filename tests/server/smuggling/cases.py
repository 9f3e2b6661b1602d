r"""Requests that two servers could read in two ways, and what RFC 9112 permits.

Most are published: "HTTP Desync Attacks" (Kettle 2019), "HTTP/2: The Sequel is Always Worse" and
"Browser-Powered Desync Attacks" (Kettle 2021, 2022), "HTTP Request Smuggling in 2020" (Klein),
"T-Reqs" (Jabiyev et al. 2021), "HTTP/1.1 must die" (Kettle 2025), "Funky chunks" (Wiesmann 2025).

Behind each of them stands a request for ``/smuggled``. It is in `Case.allowed` only where it is
a request of its own for everybody.
"""

from typing import Final

from tests.server.smuggling.bodies import chunks_of_bodies, codings, lengths, lengths_and_codings
from tests.server.smuggling.heads import first_lines, hosts, others

__all__ = ["CASES"]

_ALL: Final = (lengths_and_codings, codings, lengths, chunks_of_bodies, first_lines, hosts, others)
_REFUSABLE: Final = {
    "TE in HTTP/1.0",
    "TEb': chunked \\t'",
    "CL:b' 5\\r\\nContent-Length: 5'",
    "CL:b' 5, 5'",
    "CL:b' 5,5'",
    "chunks b'0000000000000000000000005\\r\\nabcde\\r\\n0\\r\\n\\r\\n'",
    "chunks b'5\\r\\nabcde\\r\\n0\\r\\nContent-Length: 50\\r\\n\\r\\n'",
    "chunks b'5\\r\\nabcde\\r\\n0\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'",
    "chunks b'5\\r\\nabcde\\r\\n0\\r\\nHost: y\\r\\nConnection: close\\r\\n\\r\\n'",
    "chunks b'5 \\r\\nabcde\\r\\n0\\r\\n\\r\\n'",
    "chunks b'5 ;a\\r\\nabcde\\r\\n0\\r\\n\\r\\n'",
    "no end of chunks",
    "HTTP/1.2",
}

#: All cases.
CASES: Final = [
    case._replace(refusable=case.name in _REFUSABLE) for kind in _ALL for case in kind()
]
