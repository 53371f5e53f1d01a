"""Dataset files that organisations bring: read in the background, kept as immutable versions, never shown to others."""
