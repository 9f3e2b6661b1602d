"""A bundle as a Hugging Face model repository."""
