# ruff: noqa: E501 - a table of cases, one a line
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from netsim.network.building import build
from netsim.network.checks import CHECKS, check
from netsim.network.findings import make_case
from netsim.spec.network import Network
from netsim.spec.policies import Policies
from netsim.spec.world import World

GOLDEN = Path(__file__).parents[1] / "golden" / "two_countries.yaml"
ABROAD = ("at: [20.0, -100.0], country: MX", "at: [20.0, -100.0], country: CN")
NODES, LANES = "  nodes:\n", "  lanes:\n"


@dataclass(frozen=True)
class Written:
    """A scenario made of records, without the checks that come with reading one from a file."""

    world: World
    network: Network
    policies: Policies
    name: str = "test"
    start: date = date(2026, 1, 5)
    lines: dict[Any, Any] = field(default_factory=dict)


@pytest.fixture
def two_countries():
    def make(*edits):
        text = GOLDEN.read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
            text = text.replace(old, new)
        tree = YAML(typ="safe").load(text)
        sections = (("world", World), ("network", Network), ("policies", Policies))
        context = {"worth": {"EUR": 1.0}}
        return Written(**{name: record.model_validate(tree[name], context=context) for name, record in sections})

    return make


def test_a_sound_network_has_no_faults(two_countries):
    scenario = two_countries()
    assert check(scenario, build(scenario)) == []


CASES = [
    # check, edits, path of the fault, what is wrong, remedy
    ("names", [(LANES, LANES + "    hubb -> df / air: {transit: 1 d}\n")], 'network.lanes["hubb -> df / air"]', "there is no place `hubb`", "did you mean `hub`?"),
    ("names", [(LANES, LANES + "    hub -> hub / air: {transit: 1 d}\n")], 'network.lanes["hub -> hub / air"]', "the lane ends where it begins", "drop"),
    ("names", [(NODES, NODES + "    leon: {kind: outlet, at: [0, 0], country: MX}\n")], "world.zones.leon", "the name stands for another place too", "name of its own"),
    ("names", [("  stock:\n", "  stock:\n    dff: {}\n")], "policies.stock.dff", "there is no node `dff`", "did you mean `df`?"),
    ("names", [("df: hub, hub: [madrid, maker]", "df: hubs, hub: [madrid, maker]")], "policies.supply.df", "there is no node `hubs`", "did you mean `hub`?"),
    ("names", [("hub: madrid, madrid: hub", "hub: madrit, madrid: hub")], "policies.returns.hub", "there is no node `madrit`", "did you mean `madrid`?"),
    ("names", [("max_travel: 200 km", "mail_in: hubb")], "policies.serving.mail_in", "there is no node `hubb`", "did you mean `hub`?"),
    ("names", [("[{lateral: {keep: 1}}, home]", "[sideways, home]")], "policies.shortage.cholula[0]", "there is no rung `sideways`", "lateral"),
    ("parts", [("parts: {screen: 1, board: 2}", "parts: {screeen: 1}")], "world.products.handset.modes.crack.parts.screeen", "there is no part `screeen`", "did you mean `screen`?"),
    ("parts", [("parts: {screen: 1, board: 2}", "parts: {screen: 0}")], "world.products.handset.modes.crack.parts.screen", "0 pieces are no need", "at least 1"),
    ("parts", [("unit: phone", "unit: fone")], "world.products.handset.unit", "there is no part `fone`", "did you mean `phone`?"),
    ("parts", [("levels: {screen: 5}", "levels: {battery: 5}")], "policies.stock.df.levels.battery", "there is no part `battery`", "world.parts"),
    ("countries", [("maker: {kind: supplier, country: CN,", "maker: {kind: supplier,")], "network.nodes.maker", "the node has no country", "country:"),
    ("countries", [("maker: {kind: supplier, country: CN,", "maker: {kind: supplier, country: CM,")], "network.nodes.maker.country", "there is no country profile `CM`", "world.countries"),
    ("countries", [("time_zone: Asia/Shanghai", "time_zone: Asia/Peking")], "world.countries.CN.time_zone", "there is no time zone `Asia/Peking`", "IANA"),
    ("countries", [("time_zone: Asia/Shanghai", "holidays: XQ")], "world.countries.CN.holidays", "there is no holiday calendar `XQ`", "ISO"),
    ("positions", [("at: [19.06, -98.30], ", "")], "network.nodes.cholula", "customers choose by distance, and the node has no place", "at:"),
    ("capacities", [("technicians: 2", "technicians: 0")], "network.nodes.df.bench.technicians", "0 technicians can do no work", "unlimited"),
    ("capacities", [("lead: 10 d", "lead: 10 d, fee: 3 EUR/order")], "network.nodes.maker.fee", "a fee per order is paid to a third party", "operator: third-party"),
    ("capacities", [("lead: 10 d", "bench: {work: 1 h}")], "network.nodes.maker.bench", "a supplier has no bench", "factory"),
    ("capacities", [("carries: [cores]", "carries: []")], 'network.lanes["cholula -> df / road"].carries', "the lane carries nothing", "drop"),
    ("stock rules", [("rule: reorder-point", "rule: reorder")], "policies.stock.hub.rule", "there is no rule `reorder`", "did you mean `reorder-point`?"),
    ("stock rules", [("board: [10, 20]", "board: 10")], "policies.stock.hub.levels.board", "reorder-point takes 2 numbers a part, not 1", "[s, Q]"),
    ("stock rules", [("board: [10, 20]", "board: [10, 0]")], "policies.stock.hub.levels.board", "s = 10, Q = 0 orders nothing", "Q of 1"),
    ("stock rules", [("rule: reorder-point, levels: {board: [10, 20]}", "rule: min-max, levels: {board: [20, 10]}")], "policies.stock.hub.levels.board", "s = 20 is not below S = 10", "smaller"),
    ("stock rules", [("df: {levels: {screen: 5}", "df: {rule: order-up-to, levels: {screen: 5}")], "policies.stock.df", "order-up-to needs times of review", "review:"),
    ("preferences", [('"mail-in": 25 %', '"post": 25 %')], "world.preferences.post", "there is no channel `post`", "walk-in"),
    ("preferences", [('"mail-in": 25 %', '"mail-in": 20 %')], "world.preferences", "the shares add up to 95 %", "100 %"),
    ("customers served", [("channels: [walk-in, mail-in], max_travel: 200 km", "channels: [mail-in]")], "world.zones.leon", "no lane takes its devices to a node with a bench and back", "leon <-> NODE / courier"),
    ("customers served", [("max_travel: 200 km", "max_travel: 200 km, beyond: mail-in")], "world.zones.leon", "no outlet is in reach and no lane takes its devices to a bench and back", "max_travel"),
    ("ways of supply", [("maker -> hub / sea: {mode: sea, transit: 30 d, fifo: true}", "hub -> maker / sea: {mode: sea, transit: 30 d}")], "policies.supply.hub", "no lane brings parts from `maker`", "maker -> hub"),
    ("ways of supply", [("df: hub, hub: [madrid, maker]", "df: hub, hub: [df, maker]")], "policies.supply.", "supply goes round in a circle", "lateral"),
    ("ways of supply", [("{df: hub, hub:", "{df: {from: hub, by: rail}, hub:")], "policies.supply.df", "no lane `hub -> df` is labelled `rail`, nor is that the mode of one", "the lanes `hub -> df` are `express`, `road`"),
    ("ways of supply", [("{df: hub, hub:", "{df: {from: hub, by: expres}, hub:")], "policies.supply.df", "no lane `hub -> df` is labelled `expres`", "did you mean `express`? the lanes"),
    ("ways of supply", [("{df: hub, hub:", "{df: {from: hub, by: night}, hub:"), ("hub -> df / express: {mode: express,", "hub -> df / van: {mode: express,")], "policies.supply.df", "no lane `hub -> df` is labelled `night`", "are `road`, `van` (mode express)"),
    ("ways of supply", [("{df: hub, hub:", "{df: {from: maker, by: air}, hub:")], "policies.supply.df", "no lane `maker -> df` is labelled `air`", "no lane joins the two directly: add `maker -> df / air`, or leave `by` out"),
    ("ways of supply", [("{df: hub, hub:", "{df: {from: hub, by: express}, hub:"), ("mode: express, transit: 12 h", "mode: express, transit: 12 h, carries: [cores]")], "policies.supply.df", "the lane `hub -> df / express` does not carry parts", "add parts"),
    ("ways of supply", [("df: hub, hub: [madrid, maker]", "df: hub, hub: [madrid, {from: maker, by: sea}]"), ("  rates:", "  bans: {stop: {origin: CN, destination: MX, goods: parts, why: Embargo}}\n  rates:")], "policies.supply.hub", "Embargo (world.bans.stop) stops parts from `maker`", "choose a source"),
    ("ways of supply", [("df: hub, hub: [madrid, maker]", "df: hub, hub: [madrid, maker, {from: maker, by: sea}]")], "policies.supply.hub", "`maker` is named twice", "name each source once"),
    ("supply chains", [("hub: [madrid, maker]", "hub: [madrid]")], "policies.supply.hub", "no supplier stands behind `screen`", "supplier"),
    ("supply chains", [("hub -> cholula / road: {transit: 1 d}", "maker -> df / air: {transit: 1 d}")], "network.nodes.cholula", "no supplier stands behind `board`, `screen`", "policies.supply"),
    ("ways back", [("returns: {cholula: hub,", "returns: {")], "network.nodes.cholula", "cores of `board` have no way from here", "policies.returns"),
    ("ways back", [("hub -> madrid / air: {mode: air, transit: 5 d}", "df -> madrid / air: {transit: 5 d, carries: [parts]}")], "policies.returns.hub", "no lane takes cores to `madrid`", "carries cores"),
    ("ways back", [("hub: madrid, madrid: hub", "hub: {to: madrid, by: sea}, madrid: hub")], "policies.returns.hub", "no lane `hub -> madrid` is labelled `sea`", "the lanes `hub -> madrid` are `air`"),
    ("ways back", [("cholula: hub, df: hub", "cholula: {to: df, by: road}, df: {to: madrid, by: air}")], "policies.returns.df", "no lane `df -> madrid` is labelled `air`", "no lane joins the two directly"),
    ("names", [("hub: madrid, madrid: hub", "hub: {to: madrit, by: air}, madrid: hub")], "policies.returns.hub", "there is no node `madrit`", "did you mean `madrid`?"),
    ("names", [("df: hub, hub: [madrid, maker]", "df: {from: hubs, by: road}, hub: [madrid, maker]")], "policies.supply.df", "there is no node `hubs`", "did you mean `hub`?"),
    ("ways back", [("hub: madrid, madrid: hub", "hub: madrid, madrid: maker")], "policies.returns.madrid", "the parts repaired here would go to the supplier `maker`", "leave it out"),
    ("ways back", [("cholula: hub, df: hub", "cholula: cholula, df: hub")], "policies.returns.cholula", "cores stay here, where nothing is repaired", "factory"),
    ("ways back", [("  rates:", "  bans: {waste: {origin: MX, destination: any, goods: cores, why: Used goods law}}\n  rates:")], "policies.returns.hub", "Used goods law (world.bans.waste) stops cores to `madrid`", "in the country"),
    ("bans", [("hub -> madrid / air: {mode: air, transit: 5 d}", "hub -> madrid / air: {transit: 5 d, carries: [cores]}"), ("  rates:", "  bans: {waste: {origin: MX, destination: ES, goods: cores, why: Used goods law}}\n  rates:")], 'network.lanes["hub -> madrid / air"]', "all that the lane carries is banned by Used goods law (world.bans.waste)", "drop"),
    ("bans", [ABROAD, ("  rates:", "  bans: {waste: {origin: MX, destination: ES, goods: cores, why: Used goods law}}\n  rates:")], "policies.returns.df", "Used goods law (world.bans.waste) stops cores from here to `madrid`, whatever way they go", "in the country"),
    ("shortage rungs", [("df -> cholula / lateral: {transit: 2 h}", "df -> cholula / lateral: {transit: 2 h, carries: [cores]}")], "policies.shortage.cholula[0]", "no neighbour can send parts to `cholula`", "outlets <-> outlets within 300 km / lateral"),
    ("shortage rungs", [("[{lateral: {keep: 1}}, home]", "[home, {lateral: {mode: moped}}]")], "policies.shortage.cholula[1]", "no neighbour can send parts to `cholula` by `moped`", "within 300 km / moped"),
    ("shortage rungs", [("{parent: {mode: express}}", "{parent: {mode: rail}}")], "policies.shortage.df.rungs[0]", "no node upstream can send parts to `df` by `rail`", "`hub -> df / rail`"),
    ("shortage rungs", [("{parent: {mode: express}}", "{parent: {node: madrid}}"), ("madrid -> hub / air: {mode: air, transit: 5 d}", "madrid -> maker / air: {mode: air, transit: 5 d}")], "policies.shortage.df.rungs[0]", "`madrid` cannot send parts to `df`", "`madrid -> df / express`"),
    ("swap units", [("unit: phone", "label: Handset"), ("channels: [walk-in, mail-in]", "channels: [swap]")], "policies.serving", "the design swaps, and no product names its unit", "unit:"),
    ("opening dates", [("at: [20.0, -100.0], country: MX", "at: [20.0, -100.0], country: MX, opens: 2026-03-01")], "network.nodes.df", "it opens before any of its sources, of which the first opens on 2026-03-01", "source earlier"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "edits", "path", "what", "remedy"), CASES)
def test_each_check_tells_its_fault_and_a_remedy(two_countries, name, edits, path, what, remedy):
    scenario = two_countries(*edits)
    network = build(scenario)
    told = list(CHECKS[name](make_case(scenario, network)))
    assert any(f.path.startswith(path) and what in f.what and remedy in f.remedy for f in told), "\n".join(
        map(str, told)
    )
    assert set(told) <= set(check(scenario, network))


def test_every_check_has_a_case():
    assert {case[0] for case in CASES} == set(CHECKS)


def test_zones_given_up_are_no_fault_unless_all_are(two_countries):
    near = two_countries(("max_travel: 200 km", "max_travel: 20 km"))
    assert check(near, build(near)) == []  # Leon is given up, Puebla has Cholula and the mail
    none = two_countries(("channels: [walk-in, mail-in], max_travel: 200 km", "max_travel: 1 km"))
    told = [fault.path for fault in check(none, build(none))]
    assert told == ["world.fleets.taxis", "world.zones.leon", "world.zones.puebla"]


def test_a_zone_that_was_cut_out_of_the_graph(two_countries):
    scenario = two_countries()
    network = build(scenario)
    network.remove_node("leon")
    assert [fault.what for fault in check(scenario, network)] == ["the zone is missing in the edited graph"]


def test_a_ban_on_the_whole_way_back_is_told_once_and_not_where_a_step_is_banned_too(two_countries):
    law = ("  rates:", "  bans: {waste: {origin: MX, destination: ES, goods: cores, why: Used goods law}}\n  rates:")
    for edits, want in (
        ([law], ["policies.returns.hub"]),
        ([law, ABROAD], ["policies.returns.cholula", "policies.returns.df"]),
    ):
        scenario = two_countries(*edits)
        assert [fault.path for fault in check(scenario, build(scenario))] == want


def test_a_lonely_outlet_may_go_without_givers_if_others_of_its_key_have_some(scenario_of):
    def loaded(*edits):
        text = GOLDEN.read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1
            text = text.replace(old, new)
        return scenario_of(text)

    both = (
        "    cholula: [{lateral: {keep: 1}}, home]\n    df: {rungs: [{parent: {mode: express}}, home], retry: true}\n",
        "    outlets: [{lateral: {keep: 1}}, home, {parent: {mode: express}}]\n",
    )
    scenario = loaded(both)  # Cholula has a neighbour and no express, the other an express and no neighbour
    assert check(scenario, build(scenario)) == []
    alone = loaded(both, ("    df -> cholula / lateral: {transit: 2 h}\n", ""))
    (fault,) = check(alone, build(alone))
    assert fault.path == "policies.shortage.cholula[0]"
    assert fault.line > 0
    assert fault.what == "no neighbour can send parts to any of the 2 nodes of this key, such as `cholula`"


def test_only_nodes_that_serve_customers_need_somebody_to_give(two_countries):
    scenario = two_countries(("    cholula: [", "    hub: [{lateral: {}}, home]\n    cholula: ["))
    assert check(scenario, build(scenario)) == []
