"""What `vocalbaby segment` does with recordings: find, segment, resume, and account for them."""
