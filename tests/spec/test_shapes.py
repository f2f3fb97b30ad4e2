"""What merges and what is replaced, read off the declarations."""

from __future__ import annotations

from pydantic import Field

from netsim.spec.network import Lane, Network
from netsim.spec.policies import Policies
from netsim.spec.records import DistributionValue, Duration, Record
from netsim.spec.shapes import known_fields, shape_of
from netsim.spec.world import World


class Inner(Record):
    """A record."""

    time: Duration = Field(0, description="a time")


class Outer(Record):
    """A record of everything."""

    inner: Inner = Field(default_factory=Inner, description="a record")
    maybe: Inner | None = Field(None, description="a record or none")
    either: Duration | Inner = Field(0, description="a value or a record")
    many: dict[str, Inner] = Field(default_factory=dict, description="records by name")
    levels: dict[str, int | tuple[int, int]] = Field(default_factory=dict, description="values by name")
    listed: tuple[str | Inner, ...] = Field((), description="a list is a value")
    work: DistributionValue | None = Field(None, description="a distribution is a value")


def test_records_collections_and_values() -> None:
    shape = shape_of(Outer)
    assert shape.is_record
    for name in ("inner", "maybe", "either"):
        assert shape.child(name).is_record
        assert shape.child(name).child("time").is_value
    assert shape.child("many").is_collection
    assert shape.child("many").child("any name").is_record
    assert shape.child("levels").is_collection
    assert shape.child("levels").child("any name").is_value
    for name in ("listed", "work", "not a field"):
        assert shape.child(name).is_value


def test_the_declarations_of_a_scenario() -> None:
    assert shape_of(World).child("zones").child("spain").child("failures").is_collection
    assert shape_of(Network).child("lanes").child("a -> b / air").child("cost").is_value
    assert shape_of(Network).child("defaults").child("outlet").child("bench").is_record
    assert shape_of(Policies).child("supply").child("outlets").is_value
    assert shape_of(Policies).child("stock").child("outlets").child("levels").is_collection


def test_fields_are_known_in_every_branch() -> None:
    assert known_fields(Outer, ("listed", 3)) == {"time"}
    assert known_fields(Outer, ("either",)) == {"time"}
    assert "transit" in known_fields(Network, ("lanes", "a -> b"))
    assert known_fields(Policies, ("shortage", "x", 1, "lateral")) >= {"keep", "mode"}
    assert known_fields(Lane, ("transit",)) == set()
