from netsim.network.building import build
from netsim.network.notes import notes

LANES = "  lanes:\n"


def told(scenario):
    return [(note.path, note.what, note.remedy) for note in notes(scenario, build(scenario))]


def test_nothing_is_noted_where_nothing_is_left_open(two_countries):
    assert told(two_countries()) == []


def test_lanes_left_open_are_noted_with_what_is_taken(two_countries):
    more = (
        LANES,
        LANES
        + "    maker -> hub / air: {mode: air, transit: 4 d}\n    hub -> madrid / boat: {mode: sea, transit: 20 d}\n",
    )
    assert told(two_countries(more)) == [
        (
            "policies.supply.hub",
            "parts from `maker` go by `air`, the fastest lane; there is also `sea`",
            "write `{from: maker, by: air}` in `policies.supply` to say by which",
        ),
        (
            "policies.returns.hub",
            "cores to `madrid` go by `air`, the fastest lane; there is also `boat`",
            "write `{to: madrid, by: air}` in `policies.returns` to say by which",
        ),
    ]
    named = (
        ("hub: [madrid, maker]", "hub: [madrid, {from: maker, by: sea}]"),
        ("hub: madrid, madrid: hub", "hub: {to: madrid, by: air}, madrid: hub"),
    )
    assert told(two_countries(more, *named)) == []


def test_what_one_line_says_of_many_nodes_is_noted_once(two_countries):
    scenario = two_countries(
        (LANES, LANES + "    hub -> cholula / van: {transit: 2 d}\n    hub -> df / van: {transit: 3 d}\n"),
        ("supply: {df: hub, ", "supply: {outlets: hub, "),
        ("    hub -> df / express: {mode: express, transit: 12 h}\n", ""),
        ("    df: {rungs: [{parent: {mode: express}}, home], retry: true}\n", ""),
    )
    assert [(path, what) for path, what, _ in told(scenario)] == [
        ("policies.supply.cholula", "parts from `hub` go by `road`, the fastest lane; there is also `van`")
    ]
