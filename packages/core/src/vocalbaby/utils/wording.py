"""Words that depend on a number."""

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or plural.

    Example:
        >>> counted(1, "recording"), counted(2, "recording"), counted(0, "byte")
        ('1 recording', '2 recordings', '0 bytes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
