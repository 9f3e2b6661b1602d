"""Corpus adapters: each turns one layout on disk into the same manifest."""
