"""Limits on requests, memory, connections and request rates, shared by all workers."""
