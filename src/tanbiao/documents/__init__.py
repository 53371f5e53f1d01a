"""Everything a person reads, prints or sticks on a product: charts, label artwork, certificate and report.

All of it is deterministic: the same input gives the same bytes, in every process. Inputs are the Result document of
``calculate`` or frozen dataclasses; nothing here reads a clock, a database or the network. Text of users travels as
data, never as markup.
"""
