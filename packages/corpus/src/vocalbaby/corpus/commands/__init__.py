"""The commands corpus, agree, sample, export and import."""
