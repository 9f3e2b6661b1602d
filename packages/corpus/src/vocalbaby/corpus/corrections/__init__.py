"""Files for annotators, and what they changed in them."""
