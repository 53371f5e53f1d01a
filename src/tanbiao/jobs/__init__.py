"""Where work runs: one interface, and the same answers whichever machine computes them."""

from tanbiao.jobs.executors import Dask, Executor, Processes, Serial, executor_from

__all__ = ["Dask", "Executor", "Processes", "Serial", "executor_from"]
