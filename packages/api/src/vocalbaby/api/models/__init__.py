"""The models that the service holds, and which of them answers a request."""
