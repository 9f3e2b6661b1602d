"""The HTTP server: uvicorn's protocol with limits, worker processes and a graceful stop."""
