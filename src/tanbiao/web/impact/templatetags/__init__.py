"""Template tags of the impact."""
