"""The OpenAPI description of the service, and the pages that show it."""
