"""Arguments of `setup()` that BUILD files cannot give themselves."""
