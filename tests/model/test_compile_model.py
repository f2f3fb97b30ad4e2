from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from netsim.errors import ModelError, ScenarioError
from netsim.model.compile_model import compile_model
from netsim.model.compile_serving import gravity_weight
from netsim.model.model import Channel, Rungs, StockRule
from netsim.network.building import build
from netsim.network.graph import add_lane, add_node
from netsim.spec.network import Lane, Node

HOUR, DAY, ONE = 3600, 86400, 2**32
MONTH = 30 * DAY
TWO_WAYS_BACK = "    hub -> madrid / boat: {transit: 20 d}\n    madrid -> hub / boat: {transit: 20 d}\n"


@pytest.fixture
def model_of(two_countries):
    return lambda *edits: compile_model(two_countries(*edits), horizon=MONTH)


def stock_of(model, node, part):
    return int(model.stock.index[model.node_names.index(node), model.part_names.index(part)])


def levels_of(model, node, part):
    row = stock_of(model, node, part)
    return (
        StockRule(model.stock.rule[row]),
        int(model.stock.low[row]),
        int(model.stock.high[row]),
        int(model.stock.opening[row]),
    )


def sources_of(model, node, part):
    return [model.node_names[source] for source in model.supply.sources.row(stock_of(model, node, part))]


def test_golden(two_countries, golden):
    golden("two_countries.model.txt", compile_model(two_countries(), horizon=MONTH).to_text() + "\n")


def test_equal_input_gives_equal_arrays_and_the_horizon_only_lengthens(two_countries):
    scenario = two_countries()
    first, second = compile_model(scenario, horizon=MONTH), compile_model(scenario, build(scenario), horizon=MONTH)
    assert first.to_text() == second.to_text()
    longer = compile_model(scenario, horizon=2 * MONTH)
    for short, long in zip(first.departures, longer.departures, strict=True):
        assert long[: len(short)].tolist() == short.tolist()


def test_faults_are_raised_all_at_once(two_countries):
    scenario = two_countries(("technicians: 2", "technicians: 0"), ("unit: phone", "unit: fone"))
    with pytest.raises(ScenarioError) as caught:
        compile_model(scenario, horizon=MONTH)
    assert [fault.path for fault in caught.value.faults] == [
        "world.products.handset.unit",
        "network.nodes.df.bench.technicians",
    ]
    fault = caught.value.faults[0]
    assert Path(fault.file).read_text(encoding="utf-8").splitlines()[fault.line - 1].strip() == "unit: fone"
    with pytest.raises(ModelError, match="horizon of 0 s"):
        compile_model(scenario, horizon=0)


def test_nodes_are_numbered_from_the_customers_upwards(model_of):
    model = model_of()
    assert model.node_names == ("cholula", "df", "hub", "madrid", "maker")
    for row, sources in enumerate(model.supply.sources.rows()):
        assert all(source > model.stock.node[row] for source in sources)
    keys = list(zip(model.stock.node.tolist(), model.stock.part.tolist(), strict=True))
    assert keys == sorted(keys)


def test_levels_by_rule(model_of):
    model = model_of()
    assert levels_of(model, "df", "screen") == (StockRule.BASE_STOCK, 0, 5, 5)
    assert levels_of(model, "df", "board") == (StockRule.BASE_STOCK, 0, 0, 0)  # not named: not stocked
    assert levels_of(model, "hub", "board") == (StockRule.REORDER_POINT, 10, 20, 30)
    assert levels_of(model, "hub", "screen") == (StockRule.REORDER_POINT, 0, 0, -1)  # sized by the Plan
    assert model.stock.target[stock_of(model, "hub", "screen")] == round(0.9 * ONE)
    assert stock_of(model, "df", "phone") == -1  # no swap, no unit
    old = "rule: reorder-point, levels: {board: [10, 20]}, target: 90 %, lot: 7, count_cores: yield"
    fixed = model_of((old, "rule: min-max, levels: {board: [3, 8]}, opening: {board: 2, screen: 4}, count_cores: no"))
    assert levels_of(fixed, "hub", "board") == (StockRule.MIN_MAX, 3, 8, 2)
    assert levels_of(fixed, "hub", "screen") == (StockRule.BASE_STOCK, 0, 0, 4)
    assert fixed.stock.count_cores[stock_of(fixed, "hub", "board")] == 0
    up_to = model_of((old, "rule: order-up-to, levels: {board: 9}"))
    assert levels_of(up_to, "hub", "board") == (StockRule.ORDER_UP_TO, 0, 9, 9)
    code = model_of((old, "rule: 'my.rules:nearest', levels: {board: 9}"))
    assert levels_of(code, "hub", "board")[0] == StockRule.CUSTOM
    assert code.stock.custom[stock_of(code, "hub", "screen")] == "my.rules:nearest"


def test_cores_count_by_the_yield_of_their_way(model_of):
    model = model_of()
    assert model.stock.count_cores[stock_of(model, "hub", "board")] == round(0.5 * 0.75 * ONE)
    assert model.stock.count_cores[stock_of(model, "df", "board")] == ONE


def test_a_factory_without_stock_only_pushes(model_of):
    assert sources_of(model_of(), "hub", "board") == ["maker"]
    # With stock of its own the factory is asked first; what it repairs stays unless it is sent on.
    stocked = model_of(
        ("  supply:", "    madrid: {levels: {board: 1}}\n  supply:"),
        ("madrid: hub}", "madrid: madrid}"),
        ("hub: [madrid, maker]", "hub: [madrid, maker], madrid: maker"),
        ("  lanes:\n", "  lanes:\n    maker -> madrid / air: {transit: 2 d}\n"),
    )
    assert sources_of(stocked, "hub", "board") == ["madrid", "maker"]
    assert sources_of(stocked, "hub", "screen") == ["maker"]
    assert stocked.core_target[stocked.node_names.index("df")].tolist() == [
        stock_of(stocked, "madrid", "board"),
        -1,
        -1,
    ]


def test_the_one_source_that_lanes_tell_need_not_be_written(model_of):
    supply = "  supply: {df: hub, hub: [madrid, maker]}\n"
    assert sources_of(model_of((supply, "")), "df", "screen") == ["hub"]
    assert sources_of(model_of((supply, "")), "hub", "board") == ["maker"]  # the factory has no stock to ask for
    second = ("  lanes:\n", "  lanes:\n    maker -> df / air: {transit: 9 d}\n")
    with pytest.raises(ScenarioError, match=r"network\.nodes\.df · no supplier stands behind `board`, `screen`"):
        model_of((supply, ""), second)


def test_cores_go_through_the_factory_to_the_stock_that_gets_the_good_part(model_of):
    model = model_of()
    df, hub, madrid = (model.node_names.index(name) for name in ("df", "hub", "madrid"))
    assert [int(model.returns_next[node]) for node in (df, hub, madrid)] == [hub, madrid, hub]
    assert model.core_target[df].tolist() == [stock_of(model, "hub", "board"), -1, -1]  # a screen is no core
    route = model.routes.lanes.row(int(model.returns_route[madrid]))
    assert [model.lane_names[lane] for lane in route] == ["madrid -> hub / air"]
    left = model_of(
        ("hub: madrid, madrid: hub}", "hub: maker}"),
        ("  lanes:\n", "  lanes:\n    hub -> maker / air: {transit: 2 d}\n"),
    )
    assert (left.core_target == -1).all()  # cores leave the network unrepaired


def lanes_of(model, route):
    return [model.lane_names[lane] for lane in model.routes.lanes.row(route)]


def test_a_named_lane_is_taken_instead_of_the_fastest(model_of):
    """Two modes join supplier and hub, hub and factory: each policy may name its own."""
    lanes = ("  lanes:\n", "  lanes:\n    maker -> hub / air: {mode: air, transit: 4 d}\n" + TWO_WAYS_BACK)

    def ways(supply, returns):
        model = model_of(
            lanes, ("hub: [madrid, maker]", f"hub: [madrid, {supply}]"), ("hub: madrid, madrid: hub", returns)
        )
        back = [
            lanes_of(model, int(model.returns_route[model.node_names.index(node)]))[0].split(" / ")[1]
            for node in ("hub", "madrid")
        ]
        row = stock_of(model, "hub", "board")
        return [lanes_of(model, int(model.supply.routes.row(row)[0])), *back]

    fast, slow = ["maker -> hub / air"], ["maker -> hub / sea"]
    assert ways("maker", "hub: madrid, madrid: hub") == [fast, "air", "air"]
    assert ways("{from: maker, by: sea}", "hub: {to: madrid, by: boat}, madrid: hub") == [slow, "boat", "air"]
    assert ways("{from: maker, by: air}", "hub: madrid, madrid: {to: hub, by: boat}") == [fast, "air", "boat"]
    assert ways("{from: maker}", "hub: {to: madrid}, madrid: {to: hub, by: air}") == [fast, "air", "air"]


def test_an_order_may_go_by_the_lane_of_emergencies_if_the_planner_says_so(model_of):
    model = model_of(("{df: hub, hub:", "{df: {from: hub, by: express}, hub:"))
    row = stock_of(model, "df", "screen")
    assert lanes_of(model, int(model.supply.routes.row(row)[0])) == ["hub -> df / express"]


def test_swaps_need_units_at_the_counter(model_of):
    model = model_of(("channels: [walk-in, mail-in]", "channels: [walk-in, swap]"))
    assert model.serving.offered == 1 << Channel.WALK_IN | 1 << Channel.SWAP
    assert stock_of(model, "cholula", "phone") >= 0
    assert stock_of(model, "hub", "phone") >= 0  # as the source of the outlets
    assert model.modes.unit.tolist() == [1, 1, -1]


def test_the_ladder_knows_who_may_give(model_of):
    model = model_of()
    rungs = model.supply.rungs.rows()
    assert rungs[0] == (Rungs.LATERAL, Rungs.HOME)
    assert rungs[1] == (Rungs.PARENT, Rungs.HOME)
    assert rungs[2] == (Rungs.HOME,)
    assert model.supply.givers.rows()[:4] == [(1,), (), (2,), ()]
    assert model.supply.keep.tolist()[:4] == [1, 0, 0, 0]
    ways = [model.routes.lanes.row(row).tolist() for row in model.supply.giver_routes.values.tolist()]
    assert [[model.lane_names[lane] for lane in way] for way in ways] == [
        ["df -> cholula / lateral"],
        ["hub -> df / express"],
    ]
    code = model_of(("[{lateral: {keep: 1}}, home]", "['my.rules:near', home]"))
    assert code.supply.custom[0] == "my.rules:near"
    # By lane: 2 h from df laterally, then 1 d from the hub.
    assert code.supply.givers.rows()[0] == (1, 2)


def test_who_serves_whom(model_of):
    model = model_of()
    assert model.serving.outlets.rows() == [(0, 1), (), (1,)]  # Cholula opens later, so the next one stands behind it
    assert model.serving.fallback.tolist() == [Channel.LOST] * 3
    assert model.serving.mail_in.tolist() == [1, -1, -1]
    assert model.serving.preferences.rows() == [(Channel.MAIL_IN,), (Channel.WALK_IN, Channel.MAIL_IN)]
    assert model.serving.preference_limit.tolist() == [ONE // 4, ONE]
    early = model_of((", opens: 2026-02-01", ""))
    assert early.serving.outlets.rows()[0] == (0,)
    plain = model_of(('  preferences: {"walk-in, mail-in": 75 %, "mail-in": 25 %}\n', ""))
    assert plain.serving.preferences.rows() == [(Channel.WALK_IN, Channel.SWAP, Channel.MAIL_IN)]
    assert plain.serving.preference_limit.tolist() == [ONE]


def test_beyond_reach(model_of):
    far = model_of(("max_travel: 200 km", "max_travel: 200 km, beyond: walk-in"))
    assert far.serving.outlets.rows()[1] == (1,)  # the nearest outlet, however far
    assert far.serving.fallback.tolist() == [Channel.WALK_IN] * 3
    couriers = "    leon -> df / courier: {transit: 1 d}\n    df -> leon / courier: {transit: 1 d}\n"
    channels = "channels: [walk-in, mail-in], max_travel: 200 km"
    mailed = model_of(
        (channels, "channels: [walk-in], max_travel: 200 km, beyond: mail-in"),
        (
            "  lanes:\n",
            f"  lanes:\n{couriers}    taxis -> df / van: {{transit: 1 h}}\n    df -> taxis / van: {{transit: 1 h}}\n",
        ),
    )
    assert mailed.serving.offered == 1 << Channel.WALK_IN
    assert mailed.serving.mail_in.tolist() == [1, 1, 1]
    assert mailed.serving.fallback.tolist() == [Channel.MAIL_IN] * 3


def test_only_outlets_at_home_unless_there_are_none(model_of):
    near = ("  nodes:\n", "  nodes:\n    border: {kind: outlet, at: [19.04, -98.20], country: ES}\n")
    lane = (
        "  lanes:\n",
        "  lanes:\n    hub -> border / road: {transit: 1 d}\n    border -> hub / road: {transit: 1 d}\n",
    )
    back = ("returns: {cholula: hub,", "returns: {border: hub, cholula: hub,")
    model = model_of(near, lane, back)
    assert "border" not in {model.node_names[node] for node in model.serving.outlets.row(0)}
    abroad = model_of(
        near, lane, back, ("puebla: {at: [19.04, -98.20], country: MX", "puebla: {at: [19.04, -98.20], country: CN")
    )
    distances = [abroad.node_names[node] for node in abroad.serving.outlets.row(0)]
    assert distances == ["border"]


def test_gravity_weights_are_fair_and_do_not_depend_on_others(model_of):
    model = model_of(("max_travel: 200 km", "choose: gravity"))
    rows = model.serving.outlets.rows()
    assert [len(row) for row in rows] == [2, 2, 2]
    assert len(model.serving.weights) == 6
    assert model.serving.weights[0] > model.serving.weights[1]
    assert gravity_weight(20_000) == pytest.approx(gravity_weight(10_000) / 4, rel=1e-6)
    assert gravity_weight(0) == gravity_weight(1000) < 2**31
    assert gravity_weight(20_000_000) >= 1


def test_durations_are_kept_once_and_nothing_is_number_0(model_of):
    durations = model_of().durations
    pairs = list(zip(durations.mean.tolist(), durations.table.tolist(), strict=True))
    assert pairs[0] == (0, -1)
    assert len(set(pairs)) == len(pairs)
    assert len(durations.tables) == 1  # the taxis' life and the factory's work are both exponential
    assert (7200, 0) in pairs
    assert (90 * DAY, 0) in pairs


def test_fleets_follow_the_zones(model_of):
    model = model_of()
    assert model.place_names[-3:] == ("puebla", "leon", "taxis")
    assert model.mode_names[int(model.fleet_mode[0])] == "fleet:taxis/failure"
    assert (model.fleet_units.tolist(), int(model.modes.no_fault[-1])) == ([7], 0)
    assert model.modes.no_fault[0] == ONE // 4
    assert model.durations.mean[model.fleet_life[0]] == 90 * DAY


def test_an_installed_base_takes_one_piece_a_failure(model_of):
    model = model_of(
        (
            "puebla: {at: [19.04, -98.20], country: MX, share: 50 %}",
            "puebla: {at: [19.04, -98.20], country: MX, units: 1000, failures: {screen: 1 %/month}}",
        )
    )
    row = model.mode_names.index("base/screen")
    assert model.modes.parts.row(row).tolist() == [model.part_names.index("screen"), 1]
    assert model.modes.unit[row] == -1
    assert model.modes.product.tolist() == [0, 1, 1, 2]


def test_receiving_hours_and_benches(model_of):
    model = model_of()
    df = model.node_names.index("df")
    bench = int(model.nodes.bench[df])
    assert model.nodes.receives[df] == model.benches.calendar[bench] >= 0
    locker = model_of(('shift: "daily 10:00-19:00"', 'shift: "daily 10:00-19:00", receives: always'))
    assert locker.nodes.receives[df] == -1
    assert locker.benches.calendar[int(locker.nodes.bench[df])] >= 0
    assert model.nodes.bench[model.node_names.index("hub")] == -1
    assert model.benches.technicians.tolist() == [2, 1]  # a node without a bench has no work to wait for


def test_an_edited_graph_is_what_is_compiled(two_countries):
    scenario = two_countries(("{parent: {mode: express}}", "{parent: {}}"))
    network = build(scenario)
    network.remove_node("cholula")
    network.remove_edge("hub", "df", key="express")
    add_node(network, "leon centro", Node.model_validate({"kind": "outlet", "at": [21.12, -101.68], "country": "MX"}))
    add_lane(network, "hub", "leon centro", Lane.model_validate({"transit": "1 d"}))
    with pytest.raises(ScenarioError, match=r"leon centro\"\] · cores of `board` have no way"):
        compile_model(scenario, network, horizon=MONTH)
    network.remove_node("leon centro")
    model = compile_model(scenario, network, horizon=MONTH)
    assert "cholula" not in model.node_names
    assert "hub -> df / express" not in model.lane_names
    assert isinstance(network, nx.MultiDiGraph)


def test_local_repair_at_a_depot_keeps_the_part_where_it_is_repaired(scenario_of):
    """The classic two-echelon network: outlets and a depot that repairs and holds stock."""
    outlets = [f"o{i:02d}" for i in range(20)]
    zone = "country: X, units: 1, failures: {unit: 0.2 /d}, contact: always"
    zones = [f"    z{name}: {{at: [{i}, 0], {zone}}}" for i, name in enumerate(outlets)]
    nodes = [f"    {name}: {{kind: outlet, at: [{i}, 0], country: X}}" for i, name in enumerate(outlets)]
    out = [f"    depot -> {name} / road: {{transit: 3 d}}" for name in outlets]
    back = [f"    {name} -> depot / road: {{transit: 0 d}}" for name in outlets]
    stock = [f"    {name}: {{levels: {{unit: 1}}}}" for name in outlets]
    to_depot = [f"    {name}: depot" for name in outlets]
    depot = "    depot: {kind: factory, country: X, bench: {work: {exponential: 6 d}}}"
    lines = ["world:", "  countries: {X: {}}", "  parts: {unit: {value: 1 EUR}}", "  zones:", *zones]
    lines += ["network:", "  nodes:", depot, *nodes, "  lanes:", *out, *back]
    lines += ["policies:", "  core: at request", "  stock:", "    depot: {levels: {unit: 24}}", *stock]
    lines += ["  supply:", *to_depot, "  returns:", *to_depot]
    model = compile_model(scenario_of("\n".join(lines)), horizon=MONTH)
    assert model.node_names == (*outlets, "depot")
    assert model.stock.high.tolist() == [1] * 20 + [24]
    assert model.supply.sources.rows() == [(20,)] * 20 + [()]
    assert model.core_target[:, 0].tolist() == [20] * 21
    assert model.returns_next.tolist() == [20] * 21
    assert model.returns_route[20] == -1
    assert model.core_birth == 1
    assert model.serving.outlets.rows() == [(i,) for i in range(20)]
    assert np.array_equal(model.lanes.nominal, [3 * DAY if a == 20 else 0 for a in model.lanes.origin.tolist()])


def many_outlets(outlets, parts, hubs=20):
    """Return a scenario of a supplier, a warehouse, hubs and outlets on a grid, each outlet with eight neighbours."""
    failures = ", ".join(f"p{i}: 1 %/yr" for i in range(parts))
    side = int(np.ceil(outlets**0.5))
    zones = [f"    z{i}: {{at: [{i / 10}, 0], country: X, units: 100, failures: {{{failures}}}}}" for i in range(100)]
    nodes = [f"    hub{i}: {{kind: warehouse, country: X}}" for i in range(hubs)]
    nodes += [
        f"    o{i}: {{kind: outlet, at: [{i // side / 10}, {i % side / 10}], country: X}}" for i in range(outlets)
    ]
    lanes = [f"    central -> hub{i} / road: {{transit: 1 d}}" for i in range(hubs)]
    lanes += [f"    hub{i % hubs} -> o{i} / {way}" for i in range(outlets) for way in TWO_LANES]
    ladder = "[home, {lateral: {keep: 1}}, {parent: {mode: express}}, {parent: {}}]"
    lines = ["world:", "  countries: {X: {}}", "  parts:"]
    lines += [f"    p{i}: {{value: 1 EUR, repairable: false}}" for i in range(parts)] + ["  zones:", *zones]
    lines += [
        "network:",
        "  nodes:",
        "    maker: {kind: supplier, country: X}",
        "    central: {kind: warehouse, country: X}",
    ]
    lines += [*nodes, "  lanes:", "    maker -> central / sea: {transit: 30 d}", *lanes]
    lines += ["    outlets <-> outlets within 100 km / lateral: {transit: 5 h, nearest: 8}", "policies:", "  supply:"]
    lines += ["    central: maker", "    warehouses: central"] + [f"    o{i}: hub{i % hubs}" for i in range(outlets)]
    return "\n".join([*lines, f"  shortage: {{outlets: {ladder}}}"])


TWO_LANES = ("road: {transit: 1 d}", "express: {mode: express, transit: 6 h}")


def test_neighbours_and_hubs_help_in_a_network_of_many_outlets(scenario_of):
    model = compile_model(scenario_of(many_outlets(100, 2, hubs=4)), horizon=MONTH)
    names = model.node_names
    rungs, givers = model.supply.rungs.rows(), iter(model.supply.givers.rows())
    by_name = {name: [next(givers) for _ in rungs[i]] for i, name in enumerate(names)}
    for i in range(100):
        home, lateral, express, any_parent = by_name[f"o{i}"]
        assert home == ()
        assert len(lateral) >= 3
        assert all(names[giver].startswith("o") for giver in lateral)
        assert [names[giver] for giver in express] == [f"hub{i % 4}"]
        assert [names[giver] for giver in any_parent] == [f"hub{i % 4}", "central"]  # quickest first
        asked = model.supply.routes.row(stock_of(model, f"o{i}", "p0"))
        assert lanes_of(model, int(asked[0])) == [f"hub{i % 4} -> o{i} / road"]


@pytest.mark.long
def test_four_thousand_outlets_compile(scenario_of):
    scenario = scenario_of(many_outlets(4000, 12))
    model = compile_model(scenario, build(scenario), horizon=MONTH)
    assert len(model.stock.node) == 12 * 4021
