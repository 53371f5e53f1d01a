"""Factors: the releases installed on this platform and the browser of their datasets."""
