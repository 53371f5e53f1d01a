"""Foreign and own file formats: one module per format, each to and from values of the core."""
