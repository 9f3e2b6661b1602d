"""Bytes or files in, :class:`~vocalbaby.entity.clip.Clip` out: the one room that knows formats."""

from vocalbaby.audio.decoding import AudioLimits, decode, load, measure, read_file

__all__ = ["AudioLimits", "decode", "load", "measure", "read_file"]
