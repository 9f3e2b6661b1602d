"""The HTTP server: uvicorn's protocol with bounds, worker processes, an orderly stop."""
