"""Pages of the reference, generated from the code: ``python -m scripts.docs_site.reference``."""
