"""The HTTP service; the application is `vocalbaby.api.app.app`."""
