"""Tanbiao (碳标): product carbon footprints from a factory's data to a label that anyone can verify."""

__version__ = "0.1.0"
