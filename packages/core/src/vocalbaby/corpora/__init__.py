"""Corpus adapters, which read different layouts into the same manifest."""
