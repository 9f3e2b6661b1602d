"""ASGI middleware: request ids, access log, API keys, and the fast path of /predict."""
