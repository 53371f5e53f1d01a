"""The compiler's first use beside other work: begun where it pays, waited for, ended when nobody needs it."""

from __future__ import annotations

import pytest

from tanbiao.core.lca.compile_ahead import compile_sampling
from tanbiao.core.lca.ordering import COMPILED_FROM, has_compiler
from tanbiao.jobs.compiling import Ahead

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="the extra fast is not installed")


def test_a_small_system_starts_no_compiler() -> None:
    with Ahead() as ahead:
        ahead.sized(COMPILED_FROM // 4)
        ahead.sized(COMPILED_FROM // 4)
        assert ahead._process is None
        ahead.wait()


@needs_compiler
def test_a_large_one_starts_it_once_and_it_ends_with_its_owner() -> None:
    with Ahead() as ahead:
        ahead.sized(COMPILED_FROM // 2)
        ahead.sized(COMPILED_FROM)
        first = ahead._process
        ahead.sized(COMPILED_FROM)
        assert first is not None
        assert ahead._process is first
    assert not first.is_alive()


@needs_compiler
def test_the_loops_that_a_release_is_sampled_with_are_compiled() -> None:
    compile_sampling()
    from tanbiao.core.lca import kernels_sample

    assert kernels_sample.group.signatures
    assert kernels_sample.store.signatures
