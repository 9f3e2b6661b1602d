"""The ``vocalbaby`` command; heavy libraries are imported by the commands that need them."""
