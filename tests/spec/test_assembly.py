"""The order in which overlays, defaults, lanes and policies come together."""

from __future__ import annotations

from typing import Any

from netsim.spec.assembly import Assembled, assemble
from netsim.spec.reading import Document, read_yaml_text


def base(text: str) -> Document:
    return read_yaml_text("netsim: 1\n" + text, "base.yaml")


def design(text: str, file: str = "d.yaml") -> Document:
    return read_yaml_text("design: d\n" + text, file)


def joined(*documents: Document) -> Assembled:
    assert [document.faults for document in documents] == [[] for _ in documents]
    return assemble(documents[0], documents[1:])


NODES = "network:\n  nodes: {a: {kind: outlet}, b: {kind: outlet}, w: {kind: warehouse}}\n"


def test_documents_are_left_as_they_were() -> None:
    first, second = base(NODES + "  lanes: {w -> a: {}}\n"), design("network: {nodes: {a: {label: x}}}\n")
    before: Any = (repr(first.tree), repr(second.tree), len(first.lines))
    joined(first, second)
    assert (repr(first.tree), repr(second.tree), len(first.lines)) == before


def test_an_overlay_may_change_the_defaults() -> None:
    text = (
        "network:\n  defaults: {outlet: {label: x, fee: 1 EUR/order}}\n  nodes: {a: {kind: outlet, fee: 2 EUR/order}}\n"
    )
    made = joined(base(text), design("network: {defaults: {outlet: {label: y}}}\n"))
    assert made.tree["network"]["nodes"]["a"] == {"kind": "outlet", "fee": "2 EUR/order", "label": "y"}
    assert [str(change) for change in made.changes] == ["network.defaults.outlet.label: x -> y  (d.yaml:2)"]
    assert made.lines["network", "nodes", "a", "label"].file == "d.yaml"


def test_a_later_layer_of_lanes_wins_over_an_earlier_one_whatever_its_selector() -> None:
    made = joined(
        base(NODES + "  lanes: {w -> a: {loss: 1 %}}\n"), design("network: {lanes: {w -> outlets: {loss: 2 %}}}\n")
    )
    assert made.tree["network"]["lanes"] == {"w -> a / road": {"loss": "2 %"}, "w -> b / road": {"loss": "2 %"}}


def test_a_policy_for_a_name_stays_when_an_overlay_sets_it_for_a_kind() -> None:
    made = joined(base(NODES + "policies: {supply: {a: w}}\n"), design("policies: {supply: {outlets: b}}\n"))
    assert made.tree["policies"]["supply"] == {"a": "w", "b": "b"}


def test_an_overlay_edits_a_policy_by_its_key() -> None:
    text = NODES + "policies: {stock: {outlets: {lot: 3, levels: {x: 1, y: 2}}}}\n"
    made = joined(base(text), design("policies: {stock: {outlets: {levels: {y: 5}}}}\n"))
    assert made.tree["policies"]["stock"]["b"] == {"lot": 3, "levels": {"x": 1, "y": 5}}
    assert [change.path for change in made.changes] == ["policies.stock.outlets.levels.y"]


def test_a_list_of_names_may_be_edited_by_one_of_them() -> None:
    made = joined(base(NODES + 'policies: {supply: {"a, b": w}}\n'), design("policies: {supply: {b: a}}\n"))
    assert made.faults == []
    assert made.tree["policies"]["supply"] == {"a": "w", "b": "a"}


def test_a_node_removed_and_lanes_to_it_in_one_overlay() -> None:
    made = joined(base(NODES + "  lanes:\n    w -> a, b: {loss: 1 %}\n"), design("network: {nodes: {a: null}}\n"))
    assert list(made.tree["network"]["lanes"]) == ["w -> b / road"]
    assert [change.path for change in made.changes] == ["network.nodes.a", 'network.lanes["w -> a"]']


def test_the_name_of_two_places_is_a_fault() -> None:
    made = joined(base(NODES + "world:\n  zones: {a: {country: X}}\n"))
    (fault,) = made.faults
    assert (fault.line, fault.path) == (5, "world.zones.a")
    assert "rename one of them" in fault.remedy
