"""Numerics that give the same bits on every machine: distributions, own exp, log and normal quantile, Philox, sums.

Vendor libraries differ in the last bit between CPU types (``np.exp`` with and without AVX-512, BLAS between core
types). What a certificate cites must not, so everything here is made of IEEE-754 basic operations in a fixed order.
"""
