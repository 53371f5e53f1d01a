"""Which product categories there are, which lists of authorities name them, and whether a category may be opened."""
