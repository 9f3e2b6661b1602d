"""``vocalbaby doctor``: whether an installation works, and what it lacks."""
