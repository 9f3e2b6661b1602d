"""The HTTP service; the application is :data:`vocalbaby.api.app.app`."""
