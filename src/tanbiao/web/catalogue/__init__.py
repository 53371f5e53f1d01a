"""The catalogue of product categories: which lists name them, what stands behind them, and whether they are open."""
