"""Side-by-side measurements: ``python -m benchmarks.engine`` (linked systems), ``benchmarks.study`` (a study).

Each prints its own figures and the peers' on the same machine and data. A peer that is not installed is said to be
absent; its figures are never taken from elsewhere.
"""
