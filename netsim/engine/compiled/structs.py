"""Structs: what the kernel sees of memory, so that it reads like the SimPy engine and costs what C would.

A *struct* is an address with named fields, an *array* an address with entries: both are one machine word, whatever
lies behind them, so that functions pass the whole run to one another at no price. Fields may be integers, arrays or
structs within. Integers of any width are read as int64 and written back in their own width, which leaves one kind of
arithmetic. Python lays the memory out as NumPy arrays and keeps it alive; nothing here checks an index.
"""

# ruff: noqa: ARG001  # the signatures of code generators are Numba's

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.imputils import lower_builtin, lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, models, register_model

__all__ = ["LINE", "Array", "Struct", "entry", "fetch", "high_word"]

LINE = 64
"""Bytes of a line of the cache."""

Kind = Any
"""A NumPy integer type, an `Array`, or a `Struct` that lies within."""

_I64 = ir.IntType(64)


class Struct(types.Type):
    """A numba type: the address of *fields*, by name, in the order and alignment of a C compiler.

    With *whole_lines* it fills whole lines of the cache, so that none of many lies across one line more than it must.
    """

    def __init__(self, name: str, fields: Mapping[str, Kind], *, whole_lines: bool = False) -> None:
        super().__init__(name=f"netsim.{name}")
        self.fields = dict(fields)
        self.dtype = np.dtype([(field, _layout(kind)) for field, kind in fields.items()], align=True)
        if whole_lines:
            inside: Any = self.dtype.fields
            self.dtype = np.dtype(
                {
                    "names": list(inside),
                    "formats": [kind[0] for kind in inside.values()],
                    "offsets": [kind[1] for kind in inside.values()],
                    "itemsize": -(-self.dtype.itemsize // LINE) * LINE,
                }
            )

    def offset(self, field: str) -> int:
        """Return the bytes before *field*."""
        return int(self.dtype.fields[field][1])  # type: ignore[index]


class Array(types.Type):
    """A numba type: the address of entries of one *kind*, an integer type or a `Struct`."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(name=f"netsim.Array({kind.name if isinstance(kind, types.Type) else np.dtype(kind).name})")
        self.kind = kind

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the NumPy type of an entry."""
        return np.dtype(_layout(self.kind))


def _layout(kind: Kind) -> np.dtype[Any]:
    if isinstance(kind, Array):
        return np.dtype(np.int64)
    return kind.dtype if isinstance(kind, Struct) else np.dtype(kind)


@register_model(Struct)
class _StructModel(models.OpaqueModel):
    pass


@register_model(Array)
class _ArrayModel(models.OpaqueModel):
    pass


def _seen_as(kind: Kind) -> types.Type:
    """Return the numba type under which the kernel sees *kind*."""
    if isinstance(kind, types.Type):
        return kind
    return types.uint64 if np.dtype(kind) == np.uint64 else types.int64


def _load(builder: ir.IRBuilder, where: Any, kind: Kind) -> Any:
    """Return what lies at *where*: a struct within is its address, an array the address that is kept there."""
    if isinstance(kind, Struct):
        return where
    if isinstance(kind, Array):
        return builder.inttoptr(builder.load(builder.bitcast(where, _I64.as_pointer())), ir.IntType(8).as_pointer())
    dtype = np.dtype(kind)
    value = builder.load(builder.bitcast(where, ir.IntType(8 * dtype.itemsize).as_pointer()))
    if dtype.itemsize == 8:
        return value
    return builder.sext(value, _I64) if dtype.kind == "i" else builder.zext(value, _I64)


def _store(builder: ir.IRBuilder, where: Any, kind: Kind, value: Any) -> None:
    width = ir.IntType(8 * np.dtype(kind).itemsize)
    narrow = value if width.width == 64 else builder.trunc(value, width)
    builder.store(narrow, builder.bitcast(where, width.as_pointer()))


def _step(builder: ir.IRBuilder, address: Any, size: int, index: Any) -> Any:
    return builder.gep(address, [builder.mul(index, ir.Constant(_I64, size))])


@infer_getattr
class _FieldOfStruct(AttributeTemplate):
    key = Struct

    def generic_resolve(self, struct: Struct, attribute: str) -> types.Type | None:  # type: ignore[override]
        kind = struct.fields.get(attribute)
        return None if kind is None else _seen_as(kind)


@lower_getattr_generic(Struct)
def _get_field(context: Any, builder: ir.IRBuilder, struct: Struct, value: Any, attribute: str) -> Any:
    where = builder.gep(value, [ir.Constant(_I64, struct.offset(attribute))])
    return _load(builder, where, struct.fields[attribute])


@lower_setattr_generic(Struct)
def _set_field(context: Any, builder: ir.IRBuilder, sig: Any, args: Any, attribute: str) -> None:
    struct = sig.args[0]
    where = builder.gep(args[0], [ir.Constant(_I64, struct.offset(attribute))])
    _store(builder, where, struct.fields[attribute], args[1])


@infer_global(operator.getitem)
class _GetEntry(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        array, index = args
        if isinstance(array, Array) and isinstance(index, types.Integer):
            return signature(_seen_as(array.kind), array, types.int64)
        return None


@infer_global(operator.setitem)
class _SetEntry(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        array, index, _ = args
        if isinstance(array, Array) and isinstance(index, types.Integer) and not isinstance(array.kind, types.Type):
            return signature(types.none, array, types.int64, _seen_as(array.kind))
        return None


@lower_builtin(operator.getitem, Array, types.Integer)
def _get_entry(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
    array = sig.args[0]
    return _load(builder, _step(builder, args[0], array.dtype.itemsize, args[1]), array.kind)


@lower_builtin(operator.setitem, Array, types.Integer, types.Integer)
def _set_entry(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
    array = sig.args[0]
    _store(builder, _step(builder, args[0], array.dtype.itemsize, args[1]), array.kind, args[2])
    return context.get_dummy_value()


def entry(struct: Struct) -> Any:
    """Return a compiled function from an address (int64) to the *struct* that lies there."""

    @intrinsic
    def at(typing_context: Any, address: Any) -> Any:
        def code(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], ir.IntType(8).as_pointer())

        return struct(types.int64), code

    return at


@intrinsic
def high_word(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the high 64 bits of the product of two uint64."""

    def code(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _I64)

    return types.uint64(types.uint64, types.uint64), code


@intrinsic
def fetch(typing_context: Any, struct: Any) -> Any:
    """Let the processor fetch *struct* into its cache meanwhile; nothing else happens."""

    def code(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), number, number, number])
        name = "llvm.prefetch.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        for_reading, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(function, [args[0], for_reading, keep, data])
        return context.get_dummy_value()

    return types.none(struct), code
