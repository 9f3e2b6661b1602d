"""Which stretches of recordings to annotate next."""
