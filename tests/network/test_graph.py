from dataclasses import replace

from netsim.network.building import build
from netsim.network.graph import add_lane, add_node, links, nodes, places, split_lane
from netsim.spec.network import Lane, Node


def test_places_and_lanes_carry_their_records(two_countries):
    scenario = two_countries()
    network = build(scenario)
    assert network.nodes["df"]["kind"] == "outlet"
    assert network.nodes["df"]["spec"].bench.technicians == 2
    assert (network.nodes["puebla"]["kind"], network.nodes["taxis"]["kind"]) == ("zone", "fleet")
    assert (network.nodes["leon"]["lat"], network.nodes["leon"]["lon"]) == (21.12, -101.68)
    assert network.nodes["maker"]["lat"] is None
    assert network.edges["hub", "df", "express"]["spec"].mode == "express"
    assert [link.key for link in links(network)] == sorted(scenario.network.lanes)
    assert list(nodes(network)) == ["cholula", "df", "hub", "madrid", "maker"]
    assert set(places(network)) == {*nodes(network), "puebla", "leon", "taxis"}


def test_relations_are_edges_of_their_own(two_countries):
    network = build(two_countries())
    relations = {(kind, origin, end) for origin, end, kind in network.edges(data="kind") if kind != "lane"}
    assert relations == {
        ("replenishes", "hub", "cholula"),  # inferred from the only lane that brings parts
        ("replenishes", "hub", "df"),
        ("replenishes", "madrid", "hub"),
        ("replenishes", "maker", "hub"),
        ("returns", "cholula", "hub"),
        ("returns", "df", "hub"),
        ("returns", "hub", "madrid"),
        ("returns", "madrid", "hub"),
        ("serves", "cholula", "puebla"),
        ("serves", "df", "taxis"),
    }


def test_order_of_the_file_does_not_matter(two_countries):
    scenario = two_countries()
    network = build(scenario)
    turned = {name: dict(reversed(getattr(scenario.network, name).items())) for name in ("nodes", "lanes")}
    other = build(replace(scenario, network=scenario.network.model_copy(update=turned)))
    assert list(network.nodes) == list(other.nodes)
    assert list(network.edges(keys=True)) == list(other.edges(keys=True))


def test_defaults_of_a_kind_fill_what_a_node_leaves_open(two_countries):
    outlet = "{shift: always, fixed: 3 EUR/month, bench: {technicians: 9, diagnosis: 5 min}}"
    network = build(two_countries(("network:\n", f"network:\n  defaults:\n    outlet: {outlet}\n")))
    df, cholula = network.nodes["df"]["spec"], network.nodes["cholula"]["spec"]
    assert (df.bench.technicians, df.bench.diagnosis.seconds, df.bench.work.seconds) == (2, 300, 3600)
    assert (cholula.bench.technicians, df.fixed, cholula.fixed) == (9, 3.0, 3.0)
    assert len(df.shift) == 7
    assert df.shift[0] == (0, 36000, 68400)


def test_a_graph_can_be_edited(two_countries):
    network = build(two_countries())
    network.remove_node("cholula")
    add_node(network, "toluca", Node.model_validate({"kind": "outlet", "at": [19.29, -99.65], "country": "MX"}))
    add_lane(network, "hub", "toluca", Lane.model_validate({"transit": "1 d", "mode": "air"}))
    assert list(nodes(network)) == ["df", "hub", "madrid", "maker", "toluca"]
    assert [link.key for link in links(network) if "toluca" in link.key] == ["hub -> toluca / air"]


def test_keys_of_lanes():
    assert split_lane("a b -> c / sea") == ("a b", "c", "sea")
    assert split_lane("a -> c") == ("a", "c", "")
