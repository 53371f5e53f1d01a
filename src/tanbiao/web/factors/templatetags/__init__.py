"""Template tags of factors."""
