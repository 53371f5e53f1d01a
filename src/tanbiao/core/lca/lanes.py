"""Eight numbers in one vector register, as a type of compiled loops.

numba leaves it to the compiler to find out that eight neighbours could be worked on at once, and with sums that run
over many rows it does not. Here each operation on eight lanes is one LLVM vector instruction, split by LLVM where
a processor's registers are shorter. A lane's operation is the IEEE one of a single number, and nothing is fused, so
the bits are those of plain loops. Importing this module imports numba.

``read`` and ``write`` take an array (rows, 8) in C order and don't look at its bounds. ``+ − × ÷`` take two vectors of
one precision.
"""

# numba's decorators have no types.
# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-untyped-call, misc, no-any-return, type-arg"

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending, types
from numba.core import cgutils
from numba.extending import models, overload, register_model

LANES = 8
intrinsic: Any = extending.intrinsic


class Lanes(types.Type):
    """Eight float64 or float32."""

    def __init__(self, number):
        self.number = number
        super().__init__(name=f"Lanes({number})")


DOUBLE, SINGLE = Lanes(types.float64), Lanes(types.float32)
_OF = {types.float64: DOUBLE, types.float32: SINGLE}
_LLVM = {DOUBLE: ir.VectorType(ir.DoubleType(), LANES), SINGLE: ir.VectorType(ir.FloatType(), LANES)}
_BYTES = {DOUBLE: 8, SINGLE: 4}


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, own):
        super().__init__(manager, own, _LLVM[own])


def _place(context, builder, kind, array, row):
    """Return the address of a row of an array (rows, 8), as a pointer to a vector."""
    data = context.make_array(kind)(context, builder, array).data
    number = builder.gep(data, [builder.mul(row, ir.Constant(row.type, LANES))])
    return builder.bitcast(number, _LLVM[_OF[kind.dtype]].as_pointer())


@intrinsic
def read(typing_context, array, row):  # noqa: ARG001
    """Return the lanes of a row."""
    own = _OF[array.dtype]

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments)
        return builder.load(place, align=_BYTES[own])

    return own(array, types.intp), generate


@intrinsic
def write(typing_context, array, row, value):  # noqa: ARG001
    """Set the lanes of a row."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place, align=_BYTES[signature.args[2]])
        return context.get_dummy_value()

    return types.void(array, types.intp, _OF[array.dtype]), generate


@intrinsic
def spread(typing_context, value):  # noqa: ARG001
    """Return eight times one number."""
    own = _OF[value]

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        wide = _LLVM[own]
        one = builder.insert_element(ir.Constant(wide, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(
            one, ir.Constant(wide, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        )

    return own(value), generate


@intrinsic
def narrow(typing_context, value):  # noqa: ARG001
    """Round float64 lanes to float32."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        return builder.fptrunc(arguments[0], _LLVM[SINGLE])

    return SINGLE(DOUBLE), generate


@intrinsic
def widen(typing_context, value):  # noqa: ARG001
    """Return float32 lanes as float64."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        return builder.fpext(arguments[0], _LLVM[DOUBLE])

    return DOUBLE(SINGLE), generate


@intrinsic
def size(typing_context, value):  # noqa: ARG001
    """Return absolute values."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        wide = _LLVM[value]
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(wide, [wide]), f"llvm.fabs.v{LANES}f{8 * _BYTES[value]}"
        )
        return builder.call(function, arguments)

    return value(value), generate


@intrinsic
def choose(typing_context, left, right, where_reached, otherwise):  # noqa: ARG001
    """Return ``where_reached`` in the lanes with left ≥ right, ``otherwise`` in the others and where one is NaN."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        return builder.select(builder.fcmp_ordered(">=", arguments[0], arguments[1]), arguments[2], arguments[3])

    return where_reached(left, right, where_reached, otherwise), generate


@intrinsic
def some(typing_context, value):  # noqa: ARG001
    """Return whether a lane is not 0."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        own = builder.fcmp_unordered("!=", arguments[0], ir.Constant(_LLVM[value], None))
        packed = builder.bitcast(own, ir.IntType(LANES))
        return builder.icmp_unsigned("!=", packed, ir.Constant(packed.type, 0))

    return types.boolean(value), generate


@intrinsic
def lane(typing_context, value, number):  # noqa: ARG001
    """Return one lane."""

    def generate(context, builder, signature, arguments):  # noqa: ARG001
        return builder.extract_element(*arguments)

    return value.number(value, types.intp), generate


def _arithmetic(name):
    @intrinsic
    def operation(typing_context, left, right):  # noqa: ARG001
        def generate(context, builder, signature, arguments):  # noqa: ARG001
            return getattr(builder, name)(*arguments)

        return left(left, right), generate

    return operation


_add, _subtract, _multiply, _divide = (_arithmetic(name) for name in ("fadd", "fsub", "fmul", "fdiv"))


@overload(operator.add)
def _plus(left, right):
    if isinstance(left, Lanes) and left == right:
        return lambda left, right: _add(left, right)
    return None


@overload(operator.sub)
def _minus(left, right):
    if isinstance(left, Lanes) and left == right:
        return lambda left, right: _subtract(left, right)
    return None


@overload(operator.mul)
def _times(left, right):
    if isinstance(left, Lanes) and left == right:
        return lambda left, right: _multiply(left, right)
    return None


@overload(operator.truediv)
def _over(left, right):
    if isinstance(left, Lanes) and left == right:
        return lambda left, right: _divide(left, right)
    return None
