"""How well two sets of annotations of the same recordings agree."""
