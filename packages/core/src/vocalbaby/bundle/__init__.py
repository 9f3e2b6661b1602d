"""The model bundle on disk: its files, manifest, card and store."""
