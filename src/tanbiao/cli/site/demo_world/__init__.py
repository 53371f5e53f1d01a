"""The demonstration world: fictional organisations and persons who play the real commands.

Nothing here writes to the database by itself. Names contain 演示, credit codes use the division 999999, which does not
exist, and every certificate says that it certifies nothing.
"""
