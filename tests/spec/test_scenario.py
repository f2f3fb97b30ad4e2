"""Loading: what a scenario holds, what its designs change, and every bad input told with its line and remedy."""

from __future__ import annotations

import contextlib
import pickle
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from netsim.distributions import Distribution
from netsim.errors import ScenarioError
from netsim.spec.scenario import Scenario, load, load_study


def edit(folder: Path, *pairs: tuple[str, str], file: str = "scenario.yaml") -> Path:
    path = folder / file
    text = path.read_text()
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text)
    return path


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def faults_of(*paths: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(*paths)
    return [str(fault).removeprefix(f"{paths[0].parent}/") for fault in caught.value.faults]


# -- what a scenario holds ------------------------------------------------------------------------------------------


def test_a_scenario_is_read_into_plain_values(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    assert (base.name, base.start, base.currency.base) == ("Two outlets", date(2026, 1, 5), "EUR")
    assert base.world.parts["board"].value == 90.0
    assert base.world.countries["NO"].clearance == Distribution.lognormal(86400.0, 0.5)
    assert base.network.nodes["madrid"].bench is not None
    assert base.network.nodes["oslo"].shift == base.network.nodes["madrid"].shift
    assert (base.design, base.variant, base.changes) == ("as-is", "", ())


def test_defaults_go_into_nodes_field_by_field(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    madrid, oslo = base.network.nodes["madrid"].bench, base.network.nodes["oslo"].bench
    assert madrid is not None
    assert oslo is not None
    assert (madrid.technicians, oslo.technicians) == (4, 2)
    assert madrid.work == oslo.work == Distribution.lognormal(2400.0, 0.5)
    assert base.network.nodes["venlo"].bench is None


def test_lanes_are_single_and_policies_keyed_by_names(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    assert list(base.network.lanes) == [
        "venlo -> madrid / express",
        "venlo -> oslo / express",
        "madrid -> wroclaw / road",
        "oslo -> wroclaw / road",
        "wroclaw -> venlo / road",
        "shenzhen -> venlo / air",
    ]
    assert base.policies.supply == {"madrid": "venlo", "oslo": "venlo", "venlo": ("wroclaw", "shenzhen")}
    assert set(base.policies.stock) == {"madrid", "oslo", "venlo"}


def test_every_value_knows_its_file_and_line(folder: Path) -> None:
    base = load(folder / "scenario.yaml", folder / "two_hubs.yaml")

    def origin(*path: str) -> tuple[str, int]:
        return Path(base.lines[path].file).name, base.lines[path].line

    assert origin("world", "parts", "board", "value") == ("scenario.yaml", 9)
    assert origin("world", "countries", "NO", "vat") == ("countries.csv", 3)
    assert origin("network", "nodes", "oslo", "shift") == ("scenario.yaml", 18)
    assert origin("network", "lanes", "venlo -> madrid / express", "transit") == ("scenario.yaml", 26)
    assert origin("network", "lanes", "lodz -> oslo / express", "transit") == ("two_hubs.yaml", 7)
    assert origin("policies", "supply", "madrid") == ("scenario.yaml", 35)
    assert origin("policies", "supply", "oslo") == ("two_hubs.yaml", 9)
    assert base.world.zones["norway"].source == (str(folder / "scenario.yaml"), 13)


def test_the_resolved_text_loads_as_the_same_scenario(folder: Path) -> None:
    hub = load(folder / "scenario.yaml", folder / "plus.yaml", folder / "two_hubs.yaml")
    again = load(write(folder, "resolved.yaml", hub.resolved()))
    assert again.hash == hub.hash
    assert again.resolved() == hub.resolved()
    assert (again.world, again.network, again.policies) == (hub.world, hub.network, hub.policies)


def test_the_hash_sees_values_only(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    assert len(base.hash) == 64
    edit(folder, ("netsim: 1\n", "# a comment\nnetsim: 1\nwhy: for the hash\n"))
    assert load(folder / "scenario.yaml").hash == base.hash
    edit(folder, ("units: 420000", "units: 420001"))
    assert load(folder / "scenario.yaml").hash != base.hash
    assert load(folder / "scenario.yaml", folder / "two_hubs.yaml").hash != base.hash


def test_a_scenario_travels_to_other_processes(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    copy: Scenario = pickle.loads(pickle.dumps(base))
    assert (copy.hash, copy.world, copy.network) == (base.hash, base.world, base.network)


# -- designs and variants -------------------------------------------------------------------------------------------


def test_a_design_keeps_the_world_as_the_same_object(folder: Path) -> None:
    base = load(folder / "scenario.yaml")
    hub = base.with_design(folder / "two_hubs.yaml")
    assert hub.world is base.world
    assert hub.design == "two-hubs"
    assert base.design == "as-is"
    assert "venlo -> oslo / express" not in hub.network.lanes
    assert hub.policies.supply["oslo"] == "lodz"
    assert hub.hash == load(folder / "scenario.yaml", folder / "two_hubs.yaml").hash


def test_changes_are_told_old_and_new(folder: Path) -> None:
    hub = load(folder / "scenario.yaml").with_design(folder / "two_hubs.yaml")
    told = {change.path: (change.old, change.new, change.line) for change in hub.changes}
    assert told["policies.supply.oslo"] == (None, "lodz", 9)
    assert told['network.lanes["venlo -> oslo / express"]'][1:] == (None, 6)
    assert told["network.nodes.lodz"][0] is None
    assert len(told) == 8


def test_a_table_row_is_edited_by_name(folder: Path) -> None:
    path = write(folder, "v.yaml", "variant: dearer\nworld: {countries: {NO: {wage: 50 EUR/h}}}\n")
    dear = load(folder / "scenario.yaml", path)
    assert dear.world.countries["NO"].wage == 50.0
    assert dear.world.countries["NO"].vat == 0.25
    assert [str(change) for change in dear.changes] == [
        f"world.countries.NO.wage: 40 EUR/h -> 50 EUR/h  ({path}:2)",
    ]


def test_a_variant_scales_demand(folder: Path) -> None:
    plus = load(folder / "scenario.yaml", folder / "plus.yaml")
    assert plus.variant == "plus"
    assert plus.world.zones["spain"].units == 504000
    assert plus.with_design(folder / "two_hubs.yaml").world is plus.world


def test_an_overlay_changes_the_form_of_sales_by_taking_the_old_one_away(folder: Path) -> None:
    edit(folder, ("  zones:\n", "  products: {phone: {sales: {plateau: 5}, modes: {}}}\n  zones:\n"))
    both = write(folder, "both.yaml", "variant: both\nworld: {products: {phone: {sales: {monthly: [1, 2]}}}}\n")
    (fault,) = faults_of(folder / "scenario.yaml", both)
    assert "`plateau` and `monthly` are given · keep one; an overlay" in fault
    text = "variant: one\nworld: {products: {phone: {sales: {plateau: null, monthly: [1, 2]}}}}\n"
    sales = load(folder / "scenario.yaml", write(folder, "one.yaml", text)).world.products["phone"].sales
    assert (sales.plateau, sales.monthly) == (None, (1.0, 2.0))


def test_designs_stack(folder: Path) -> None:
    more = write(folder, "more.yaml", "design: more\nnetwork: {nodes: {madrid: {bench: {technicians: 9}}}}\n")
    both = load(folder / "scenario.yaml").with_design(folder / "two_hubs.yaml", more)
    assert both.design == "two-hubs + more"
    assert both.network.nodes["madrid"].bench is not None
    assert both.network.nodes["madrid"].bench.technicians == 9


def test_a_new_outlet_gets_the_lanes_and_policies_of_outlets(folder: Path) -> None:
    new = write(folder, "new.yaml", "design: new\nnetwork: {nodes: {paris: {kind: outlet, country: NL}}}\n")
    with_paris = load(folder / "scenario.yaml", new)
    assert "venlo -> paris / express" in with_paris.network.lanes
    assert with_paris.policies.supply["paris"] == "venlo"
    assert with_paris.network.nodes["paris"].shift is not None


def test_a_design_edits_one_lane_of_those_that_one_key_made(folder: Path) -> None:
    scenario = edit(folder, ("1.2 EUR/kg]}", "1.2 EUR/kg], customs: {brokerage: 5 EUR}}"))
    text = "design: dear\nnetwork: {lanes: {venlo -> oslo: {customs: {brokerage: 7 EUR}}}}\n"
    design = write(folder, "dear.yaml", text)
    lanes = load(scenario, design).network.lanes
    paid = {key: lane.customs.brokerage for key, lane in lanes.items() if lane.customs is not None}
    assert paid == {"venlo -> madrid / express": 5.0, "venlo -> oslo / express": 7.0}


def test_a_node_named_like_a_kind_of_place_is_reached_by_its_kind(folder: Path) -> None:
    scenario = edit(folder, ("    venlo: {kind", "    outlets: {kind: outlet, country: NL}\n    venlo: {kind"))
    stock = load(scenario).policies.stock
    assert stock["outlets"] == stock["madrid"] == stock["oslo"]


def test_what_is_written_alike_is_read_alike_and_by_its_type(folder: Path) -> None:
    other = "wroclaw -> venlo: {mode: road, departs: \"daily 18:00\", transit: {lognormal: 8 d, cv: 1.0}}"
    scenario = edit(folder, ("cv: 0.4}}", "cv: 1}}"), (other.replace("{lognormal: 8 d, cv: 1.0}", "2 d"), other))
    lanes = load(scenario).network.lanes
    assert lanes["shenzhen -> venlo / air"].transit == lanes["wroclaw -> venlo / road"].transit
    edit(folder, ("cv: 1.0}}", "cv: true}}"))
    assert any("wroclaw -> venlo" in fault for fault in faults_of(scenario))


def test_a_removed_node_takes_its_lanes_and_policies_along(folder: Path) -> None:
    edit(folder, ("supply: {outlets: venlo, ", "supply: {outlets: [venlo, wroclaw], madrid: venlo, "))
    path = write(folder, "less.yaml", "design: less\nnetwork:\n  nodes: {madrid: null, wroclaw: null}\n")
    less = load(folder / "scenario.yaml", path)
    assert set(less.network.nodes) == {"oslo", "venlo", "shenzhen"}
    assert list(less.network.lanes) == ["venlo -> oslo / express", "shenzhen -> venlo / air"]
    assert less.policies.supply == {"oslo": ["venlo"], "venlo": ["shenzhen"]} or less.policies.supply == {
        "oslo": ("venlo",),
        "venlo": ("shenzhen",),
    }
    assert less.policies.returns == {}
    told = {change.path for change in less.changes}
    assert {
        "network.nodes.madrid",
        'network.lanes["madrid -> wroclaw"]',
        'network.lanes["oslo -> wroclaw"]',
        'network.lanes["wroclaw -> venlo"]',
        "policies.supply.madrid",
        "policies.supply.outlets",
        "policies.returns.outlets",
        "policies.returns.wroclaw",
    } <= told


def test_null_takes_one_node_out_of_a_wider_policy(folder: Path) -> None:
    path = write(folder, "out.yaml", "design: out\npolicies: {shortage: {oslo: null}}\n")
    assert set(load(folder / "scenario.yaml", path).policies.shortage) == {"madrid"}


# -- bad input, one by one ------------------------------------------------------------------------------------------

BAD = [
    ("unknown field", ("repairable: false", "repairble: false"), 10, "unknown field · did you mean `repairable`?"),
    ("unknown section", ("policies:\n", "policy:\n"), 31, "policy · unknown field · did you mean `policies`?"),
    ("missing unit", ("transit: 3 d", "transit: 3"), 27, "`3` has no unit · write a duration such as `3 d`"),
    ("wrong dimension", ("transit: 3 d", "transit: 3 kg"), 27, "`3 kg` is a weight, not a duration"),
    ("duplicate key", ("    norway:", "    spain:"), 13, "key `spain` is written twice (first on line 12)"),
    ("negative", ("units: 420000", "units: -1"), 12, "`-1`: input should be greater than or equal to 0"),
    ("not a number", ("units: 420000", "units: many"), 12, "`many`: input should be a valid number"),
    ("not finite", ("units: 420000", "units: .inf"), 12, "input should be a valid number"),
    ("negative money", ("value: 60 EUR", "value: -60 EUR"), 10, "`-60 EUR` is negative"),
    ("probability", ("ber: 6 %", "ber: 106 %"), 9, "`106 %` is above 100 %"),
    ("currency", ("value: 60 EUR", "value: 60 CHF"), 10, "currency `CHF` has no worth (known: EUR, USD)"),
    ("worth", ("USD: 0.9 EUR", "USD: 0.9"), 4, "currency.worth.USD · `0.9` has no unit"),
    ("worth in itself", ("USD: 0.9 EUR", "USD: 0.9 USD"), 4, "currency `USD` has no worth"),
    ("no worth", ("USD: 0.9 EUR", "USD: 0 EUR"), 4, "greater than 0"),
    ("base currency", ("base: EUR", "base: euro"), 4, "currency.base · `euro`: string should match pattern"),
    ("start", ("2026-01-05", "5 January"), 3, "`5 January` is not a date · write a date such as `2026-01-05`"),
    ("format", ("netsim: 1", "netsim: 2"), 1, "`2` is not one of 1"),
    ("unknown node", ("wroclaw -> venlo:", "wroclav -> venlo:"), 28, "no place `wroclav` · did you mean `wroclaw`?"),
    ("unknown stock", ("    venlo: {rule", "    velno: {rule"), 34, "there is no node `velno` · did you mean `venlo`?"),
    ("kind", ("kind: supplier", "kind: suplier"), 24, "`suplier` is not one of"),
    ("latitude", ("[59.91, 10.75], country: NO, bench", "[159.91, 10.75], country: NO, bench"), 21, "latitude 159.91"),
    ("two places", ("    madrid: {kind", "    spain: {kind"), 12, "`spain` is the name of another place too"),
    (
        "section",
        ("  promise: {turnaround: 5 d, part_arrival: 72 h, late: 4 EUR/d}", "  promise: 5 d"),
        14,
        "not a mapping",
    ),
    ("collection", ("  returns: {outlets: wroclaw, wroclaw: venlo}", "  returns: wroclaw"), 37, "is not a mapping"),
    ("code", ("rule: base-stock", "rule: my.rules:best"), 33, "`my.rules:best` names Python code"),
    ("code in a node", ("country: ES}\n    oslo", "country: ES, process: a.b:c}\n    oslo"), 20, "names Python code"),
    ("code in a ladder", ("[home, {parent", "[home, a.b:c, {parent"), 36, "`a.b:c` names Python code"),
    ("table", ("tables/countries.csv", "tables/country.csv"), 0, "there is no such file"),
    ("tag", ("name: Two outlets", "name: !!python/object/apply:os.system [ls]"), 2, "has the tag"),
    (
        "default",
        ("shift: mon-sat 10:00-19:00", "shift: mon-sat 10-19"),
        18,
        "`10` in `mon-sat 10-19` is not a time of day",
    ),
]


@pytest.mark.parametrize(("pair", "line", "want"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_told_with_its_line(folder: Path, pair: tuple[str, str], line: int, want: str) -> None:
    path = edit(folder, pair)
    told = [fault for fault in faults_of(path) if want in fault]
    assert len(told) == 1
    assert told[0].startswith(f"scenario.yaml:{line} · " if line else "tables/country.csv · ")


@pytest.mark.parametrize(
    ("pair", "line", "want"),
    [
        (("name,vat", "nam,vat"), 1, "there is no column `name`"),
        (("wage [EUR/h]", "wage [EUR]"), 2, "column `wage [EUR]`: `25 EUR` does not say per what"),
        (("wage [EUR/h]", "wages [EUR/h]"), 2, "column `wages [EUR/h]`: unknown field · did you mean `wage`?"),
        (("NO,25,40", "NO,high,40"), 3, "column `vat [%]`: `high` is not a number"),
        (("NO,25,40", "NO,125,40"), 3, "column `vat [%]`: `125 %` is above 100 %"),
        (("NL,21,28,,", "NL,21,28"), 4, "the row has 3 cells, the header 5"),
    ],
)
def test_a_bad_table_names_file_row_and_column(folder: Path, pair: tuple[str, str], line: int, want: str) -> None:
    edit(folder, pair, file="tables/countries.csv")
    told = [fault for fault in faults_of(folder / "scenario.yaml") if want in fault]
    assert told
    assert told[0].startswith(f"tables/countries.csv:{line} · ")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (
            "design: x\nworld: {}\n",
            "x.yaml:2 · world · a design may not change the world · put this into a scenario variant",
        ),
        ("design: x\nnetwrk: {}\n", "x.yaml:2 · netwrk · unknown field · did you mean `network`?"),
        ("design: a, b\n", "x.yaml:1 · design · `a, b` cannot be a name"),
        ("variant: x\nnetwork: {}\n", "x.yaml:2 · network · a variant holds the world only"),
        ("study: x\n", "x.yaml:1 · is a study, a design or variant is wanted"),
        ("network: {}\n", "x.yaml:1 · does not say what it is"),
        ("desing: x\n", "x.yaml:1 · does not say what it is: a design or variant is wanted · did you mean `design`?"),
        ("design: x\nnetwork: 3\n", "x.yaml:2 · network · is not a mapping"),
        (
            "design: x\nnetwork: {nodes: {oslo: {fixd: 1 EUR/month}}}\n",
            "network.nodes.oslo.fixd · unknown field · did you",
        ),
        (
            "design: x\nnetwork: {nodes: {osl: null}}\n",
            "network.nodes.osl · null removes, but there is nothing to remove",
        ),
        ("design: x\nnetwork: {lanes: {venlo -> wroclaw: null}}\n", "null removes, but there is no such lane"),
        ("design: x\npolicies: {stock: {oslo: null, shenzhen: null}}\n", "policies.stock.shenzhen · null removes, but"),
        ("design: x\npolicies: {serving: null}\n", "policies.serving · null removes, but there is nothing to remove"),
        ("variant: x\nworld: {adjust: {demand: much}}\n", "x.yaml:2 · world.adjust.demand · `much` is not a number"),
    ],
)
def test_bad_overlays_are_told(folder: Path, text: str, want: str) -> None:
    told = [fault for fault in faults_of(folder / "scenario.yaml", write(folder, "x.yaml", text)) if want in fault]
    assert len(told) == 1


def test_two_overlays_may_not_set_one_field(folder: Path) -> None:
    one = write(folder, "one.yaml", "design: one\nnetwork:\n  nodes: {venlo: {fixed: 1 EUR/month}}\n")
    two = write(folder, "two.yaml", "design: two\nnetwork:\n  nodes:\n    venlo: {fixed: 1 EUR/month}\n")
    (fault,) = faults_of(folder / "scenario.yaml", one, two)
    assert fault.startswith(f"two.yaml:4 · network.nodes.venlo.fixed · is set by another overlay too, at {one}:3")


def test_two_overlays_may_not_set_one_lane_by_different_keys(folder: Path) -> None:
    one = write(folder, "one.yaml", "design: one\nnetwork: {lanes: {venlo -> outlets: {transit: 1 d}}}\n")
    two = write(folder, "two.yaml", "design: two\nnetwork: {lanes: {venlo -> oslo: {transit: 1 d}}}\n")
    (fault,) = faults_of(folder / "scenario.yaml", one, two)
    assert 'network.lanes["venlo -> oslo / express"].transit · is set by another overlay too' in fault


def test_all_faults_of_all_files_come_at_once_and_once(folder: Path) -> None:
    path = edit(
        folder,
        ("ber: 6 %", "ber: 106 %"),
        ("shift: mon-sat 10:00-19:00", "shift: late"),
        ("madrid, oslo -> wroclaw: {mode: road", "madrid, oslo -> wroclaw: {mode: road, tarnsit: 1 d"),
    )
    edit(folder, ("NO,25,40", "NO,25,-40"), file="tables/countries.csv")
    design = write(folder, "x.yaml", "design: x\nworld: {}\nnetwork: {nodes: {oslo: {fixed: 3}}}\n")
    told = faults_of(path, design)
    assert [fault.partition(" · ")[0] for fault in told] == [
        "scenario.yaml:9",
        "scenario.yaml:18",
        "scenario.yaml:27",
        "tables/countries.csv:3",
        "x.yaml:2",
        "x.yaml:3",
    ]


def test_a_file_that_cannot_be_read_is_told_alone(folder: Path) -> None:
    (fault,) = faults_of(folder / "scenari.yaml")
    assert "scenari.yaml · there is no such file · beside it: plus.yaml, scenario.yaml, two_hubs.yaml" in fault
    (folder / "binary.yaml").write_bytes(bytes(range(256)))
    assert "is binary or not UTF-8 text" in faults_of(folder / "binary.yaml")[0]
    assert "is a folder" in faults_of(folder)[0]


def test_a_bomb_of_aliases_does_not_go_off(folder: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]\n" for n in range(1, 12))
    (fault,) = faults_of(write(folder, "bomb.yaml", "netsim: 1\n" + bomb))
    assert "once its aliases are written out" in fault


def test_code_may_be_named_where_it_is_allowed(folder: Path) -> None:
    path = edit(folder, ("rule: base-stock", "rule: my.rules:best"))
    base = load(path, allow_code=True)
    assert base.policies.stock["madrid"].rule == "my.rules:best"
    design = write(folder, "x.yaml", "design: x\npolicies: {stock: {oslo: {rule: my.rules:other}}}\n")
    assert base.with_design(design).policies.stock["oslo"].rule == "my.rules:other"


# -- studies --------------------------------------------------------------------------------------------------------


def test_a_study_is_read(folder: Path) -> None:
    text = "study: second-hub\ndesigns: {as-is: [], hub: [two_hubs.yaml]}\nwindows: {measure: 2 yr}\nreplications: 30\n"
    study = load_study(write(folder, "study.yaml", text))
    assert study.designs == {"as-is": (), "hub": ("two_hubs.yaml",)}
    assert (study.windows.measure, study.windows.warm_up, study.replications) == (2 * 365 * 86400, 0, 30)
    assert study.source == (str(folder / "study.yaml"), 1)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("study: x\n", "study.yaml:1 · windows · is missing · add `windows`"),
        ("study: x\nwindows: {measure: 0 d}\n", "study.yaml:2 · windows.measure · `0 d` is no time at all"),
        ("study: x\nwindows: {measure: 1 d}\nreplications: 0\n", "study.yaml:3 · replications · `0`: input should be"),
        ("study: x\nwindows: {measure: 1 d}\nworld: {}\n", "study.yaml:3 · world · unknown field"),
        ("study: x\nwindows: {measure: 1 d}\ndesigns: 3\n", "study.yaml:3 · designs · `3` is not a "),
        ("design: x\n", "study.yaml:1 · is a design, a study is wanted"),
    ],
)
def test_bad_studies_are_told(folder: Path, text: str, want: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_study(write(folder, "study.yaml", text))
    assert want in str(caught.value)


# -- whatever is written, faults are told and nothing else is raised -------------------------------------------------


def places_of(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places_of(item, (*path, key))
    return found


WEIRD: list[object] = [None, True, 3, -1.5, "x", "", [], [1, "x"], {}, {"x": {"y": [None]}}, "a:b"]


@pytest.mark.parametrize(
    "step",
    [12, pytest.param(1, marks=pytest.mark.long)],
    ids=["every twelfth place", "every place"],
)
@pytest.mark.parametrize("weird", WEIRD)
def test_any_value_anywhere_is_a_fault_or_fine(folder: Path, weird: object, step: int) -> None:
    yaml = YAML(typ="safe", pure=True)
    files = {name: yaml.load((folder / name).read_text()) for name in ("scenario.yaml", "two_hubs.yaml")}
    for name, tree in files.items():
        for path in places_of(tree)[WEIRD.index(weird) % step :: step]:
            changed = deepcopy(tree)
            target = changed
            for part in path[:-1]:
                target = target[part]
            target[path[-1]] = weird
            with (folder / f"weird_{name}").open("w") as stream:
                yaml.dump(changed, stream)
            names = [f"weird_{name}" if name == other else other for other in files]
            with contextlib.suppress(ScenarioError):
                load(folder / names[0], folder / names[1])
