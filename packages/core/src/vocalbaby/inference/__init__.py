"""The Python interface: load a model and predict."""
