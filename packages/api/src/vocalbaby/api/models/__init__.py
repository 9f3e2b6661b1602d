"""The models that the service has in memory, and which of them answers each request."""
