"""The model bundle on disk, and the evaluation of its trees."""
