"""Points of a sweep: which there are, what each lays on the scenario, and every mistake told before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from netsim.errors import ModelError, ScenarioError
from netsim.spec.scenario import load, load_sweep
from netsim.spec.settings import Setting, with_settings, world_text
from netsim.spec.sweep import Sweep
from netsim.study.points import Ground, Point, check_points, coordinates, load_points, make_points
from tests.study.tiny import SCENARIO

MEXICO = Path(__file__).parents[2] / "scenarios" / "launch_mexico"
SWEEP = """\
sweep: tiny
factors:
  demand: {path: world.adjust.demand, values: [50 %, 100 %, 200 %]}
  crew: {path: "network.nodes[shop].bench.technicians", add: [0, 1]}
points: factorial
windows: {measure: 60 d}
"""
FACTORS = SWEEP[SWEEP.index("  demand") : SWEEP.index("points")]


def write(folder: Path, *, factors: str = FACTORS, points: str = "factorial", head: str = "", **files: str) -> Path:
    """Write the tiny scenario and a sweep of it; *files* stand beside it, ``_`` before the ending for a point."""
    text = SWEEP.replace(FACTORS, factors).replace("points: factorial", f"points: {points}")
    (folder / "sweep.yaml").write_text(text.replace("sweep: tiny\n", f"sweep: tiny\n{head}"))
    (folder / "scenario.yaml").write_text(SCENARIO)
    (folder / "more.yaml").write_text("design: more\npolicies: {stock: {shop: {levels: {screen: 8}}}}\n")
    (folder / "rent.yaml").write_text("design: rent\nnetwork: {nodes: {shop: {fixed: 900 EUR/month}}}\n")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder / "sweep.yaml"


def points_of(path: Path) -> list[Point]:
    return make_points(load_sweep(path), path)


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_points(path)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


# -- which points there are -------------------------------------------------------------------------------------------


def test_a_factorial_has_every_combination(tmp_path: Path) -> None:
    points = points_of(write(tmp_path))
    assert [point.name for point in points] == ["p0001", "p0002", "p0003", "p0004", "p0005", "p0006"]
    assert [dict(point.levels) for point in points] == [
        {"demand": demand, "crew": crew} for demand in ("50 %", "100 %", "200 %") for crew in (0, 1)
    ]
    assert points[3].settings == (
        Setting("world.adjust.demand", "set", "100 %"),
        Setting("network.nodes[shop].bench.technicians", "add", 1),
    )


def test_one_at_a_time_starts_from_the_base(tmp_path: Path) -> None:
    factors = FACTORS.replace("200 %]", "200 %], base: 100 %")
    points = points_of(write(tmp_path, factors=factors, points="one-at-a-time"))
    assert [tuple(level for _, level in point.levels) for point in points] == [
        ("100 %", 0), ("50 %", 0), ("200 %", 0), ("100 %", 1),
    ]  # fmt: skip


def test_a_latin_hypercube_has_a_value_in_every_stratum_and_levels_in_equal_shares(tmp_path: Path) -> None:
    factors = """\
  demand: {path: world.adjust.demand, values: {uniform: [50 %, 150 %]}}
  crew: {path: "network.nodes[shop].bench.technicians", values: [1, 2, 3]}
  net: {designs: {as: [as-is], more: [more.yaml]}}
"""
    points = points_of(write(tmp_path, factors=factors, points="{latin hypercube: 60}"))
    demand = sorted(float(str(dict(point.levels)["demand"]).removesuffix(" %")) for point in points)
    assert all(50 + 100 * i / 60 <= value <= 50 + 100 * (i + 1) / 60 for i, value in enumerate(demand))
    for name, levels in (("crew", [1, 2, 3]), ("net", ["as", "more"])):
        counts = [sum(dict(point.levels)[name] == level for point in points) for level in levels]
        assert counts == [60 // len(levels)] * len(levels)
    assert {point.overlays for point in points} == {(), (str(tmp_path / "more.yaml"),)}


def test_the_same_file_gives_the_same_points(tmp_path: Path) -> None:
    one = points_of(write(tmp_path, factors=FACTORS, points="{sobol: 16, seed: 4}"))
    assert one == points_of(tmp_path / "sweep.yaml")
    assert one == points_of(write(tmp_path, points="{sobol: 16, seed: 4}", head="seed: 99\nreplications: 3\n"))
    assert one != points_of(write(tmp_path, points="{sobol: 16, seed: 5}"))


@pytest.mark.parametrize(
    ("points", "count"), [("{saltelli: 8}", 8 * 4), ("{saltelli: 8, second order: true}", 8 * 6), ("{sobol: 8}", 8)]
)
def test_plans_for_indices_have_their_number_of_points(tmp_path: Path, points: str, count: int) -> None:
    path = write(tmp_path, points=points)
    assert len(points_of(path)) == len(coordinates(load_sweep(path))) == count


def test_levels_have_no_coordinates(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not drawn from the unit cube"):
        coordinates(load_sweep(write(tmp_path)))


def test_weights_say_how_often_a_level_is_drawn(tmp_path: Path) -> None:
    factors = '  crew: {path: "network.nodes[shop].bench.technicians", values: {empirical: [1, 2], weights: [3, 1]}}\n'
    points = points_of(write(tmp_path, factors=factors, points="{latin hypercube: 40}"))
    assert sum(point.levels[0][1] == 1 for point in points) == 30


def test_a_table_gives_points_by_row(tmp_path: Path) -> None:
    factors = """\
  demand: {path: world.adjust.demand, values: table}
  crew: {path: "network.nodes[shop].bench.technicians", add: {few: 0, many: 2}}
  net: {designs: {as: [], more: [more.yaml]}}
"""
    table = "demand [%],crew,net,# remark\n50,few,as,a\n200,many,more,\n\n120,3,as,c\n"
    points = points_of(write(tmp_path, factors=factors, points="{table: t.csv}", t_csv=table))
    assert [dict(point.levels) for point in points] == [
        {"demand": "50 %", "crew": "few", "net": "as"},
        {"demand": "200 %", "crew": "many", "net": "more"},
        {"demand": "120 %", "crew": 3, "net": "as"},
    ]
    assert points[1].settings[1] == Setting("network.nodes[shop].bench.technicians", "add", 2)
    assert points[1].settings[0].origin == (str(tmp_path / "t.csv"), 3, "")
    assert points[1].overlays == (str(tmp_path / "more.yaml"),)


def test_a_workbook_gives_points_as_a_table_of_text_does(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.create_sheet("Sheet1", 0)
    for row in (("demand [%]", "crew"), (50, 0), (120, 1)):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    factors = FACTORS.replace("[0, 1]", "table")
    points = points_of(write(tmp_path, factors=factors, points="{table: t.xlsx}"))
    assert [point.levels for point in points] == [
        (("demand", "50 %"), ("crew", 0)), (("demand", "120 %"), ("crew", 1)),
    ]  # fmt: skip
    assert points[1].settings[1].origin.file.endswith("t.xlsx[Sheet1!B3]")


def test_names_are_as_wide_as_they_must_be(tmp_path: Path) -> None:
    names = [point.name for point in points_of(write(tmp_path, points="{sobol: 10001}"))]
    assert (names[0], names[-1], len(set(names))) == ("p00001", "p10001", 10001)


# -- what they stand on -----------------------------------------------------------------------------------------------


def test_the_scenario_of_a_point_is_its_designs_and_settings(tmp_path: Path) -> None:
    factors = FACTORS + "  net: {designs: {as: [], more: [more.yaml]}}\n"
    path = write(tmp_path, factors=factors, head="design: rent.yaml\n")
    sweep, points, ground = load_points(path)
    point = points[-1]
    assert dict(point.levels) == {"demand": "200 %", "crew": 1, "net": "more"}
    by_hand = load(tmp_path / "scenario.yaml", tmp_path / "rent.yaml", tmp_path / "more.yaml")
    assert ground.scenario(point).hash == with_settings(by_hand, point.settings).hash
    found = ground.scenario(point)
    assert found.world.zones["town"].units == 2000
    assert found.policies.stock["shop"].levels == {"screen": 8}
    assert found.network.nodes["shop"].bench is not None
    assert found.network.nodes["shop"].bench.technicians == 2
    assert len({ground.scenario(each).hash for each in points}) == len(points) == 12
    assert sweep.design_files == ("rent.yaml",)


def test_points_of_one_world_share_it(tmp_path: Path) -> None:
    factors = FACTORS + "  net: {designs: {as: [], more: [more.yaml]}}\n"
    _, points, ground = load_points(write(tmp_path, factors=factors))
    worlds = {world_text(point.settings): set[int]() for point in points}
    kept = [ground.scenario(point) for point in points]
    for point, content in zip(points, kept, strict=True):
        worlds[world_text(point.settings)].add(id(content.world))
    assert len(worlds) == 3
    assert all(len(found) == 1 for found in worlds.values())


def test_a_sweep_made_in_python_is_checked_as_one_of_a_file(tmp_path: Path) -> None:
    write(tmp_path)
    factors = {"demand": {"path": "world.adjust.demand", "values": [0.5, 1]}}
    sweep = Sweep.model_validate({"sweep": "s", "factors": factors, "windows": {"measure": "60 d"}})
    points, ground = make_points(sweep, "sweep.yaml"), Ground(load(tmp_path / "scenario.yaml"))
    check_points(sweep, "sweep.yaml", ground)
    assert [ground.scenario(point).world.zones["town"].units for point in points] == [500, 1000]
    wrong = {"demand": {"path": "world.adjust.demand", "values": {"uniform": [0.5, 1]}}}
    uncertain = Sweep.model_validate({"sweep": "s", "factors": wrong, "windows": {"measure": "60 d"}})
    with pytest.raises(ScenarioError, match="factorial points need levels"):
        make_points(uncertain, "sweep.yaml")


# -- mistakes ---------------------------------------------------------------------------------------------------------


def test_each_level_is_tried_and_all_faults_told_at_once(tmp_path: Path) -> None:
    factors = """\
  demand: {path: world.adjust.demand, values: [50 %, much]}
  hold: {path: "world.countries[ES].hod", values: [1 %, 2 %]}
  crew: {path: "network.nodes[shop].bench.technicians", add: [-1, 0, 1 d]}
  vat: {path: "world.countries[ES].vat", values: [1 %, 300 %]}
  net: {designs: {as: [], none: [none.yaml]}}
"""
    found = faults_of(write(tmp_path, factors=factors))
    told = [
        ("sweep.yaml:3 · factors.demand · level `much`: ", "write a factor such as"),
        ("sweep.yaml:4 · factors.hold · ", "did you mean `hold`?"),
        ("sweep.yaml:5 · factors.crew · level `-1`: ", "0 technicians can do no work"),
        ("sweep.yaml:5 · factors.crew · level `1 d`: ", "a bare number is wanted"),
        ("sweep.yaml:6 · factors.vat · level `300 %`: ", "above 100 %"),
        ("none.yaml · ", "there is no such file"),
    ]
    assert len(found) == len(told), found
    for start, part in told:
        assert any(fault.startswith(start) and part in fault for fault in found), (start, found)


def test_the_ends_of_a_distribution_are_tried(tmp_path: Path) -> None:
    factors = '  vat: {path: "world.countries[ES].vat", scale: {uniform: [90 %, 900 %]}}\n'
    found = faults_of(write(tmp_path, factors=factors, points="{sobol: 64}"))
    assert len(found) == 1
    assert found[0].startswith("sweep.yaml:3 · factors.vat · level `8")
    assert "above 100 %" in found[0]


def test_of_many_designs_each_is_tried(tmp_path: Path) -> None:
    factors = "".join(
        f"  net{i}: {{designs: {{as: [], more: [more.yaml], rent: [rent.yaml], bad: [bad{i}.yaml]}}}}\n"
        for i in range(3)
    )
    files = {f"bad{i}_yaml": f"design: bad{i}\nnetwork: {{nodes: {{shp: null}}}}\n" for i in range(3)}
    found = faults_of(write(tmp_path, factors=factors, **files))
    assert [fault.partition(" · ")[0] for fault in found] == ["bad0.yaml:2", "bad1.yaml:2", "bad2.yaml:2"]


def test_every_level_of_a_long_list_is_tried(tmp_path: Path) -> None:
    levels = ", ".join([*(f"{number} %" for number in range(1, 40)), "5 d", "41 %"])
    factors = f'  vat: {{path: "world.countries[ES].vat", values: [{levels}]}}\n'
    found = faults_of(write(tmp_path, factors=factors))
    assert len(found) == 1
    assert "level `5 d`: " in found[0]


def test_a_distribution_without_meaning_is_told(tmp_path: Path) -> None:
    factors = """\
  vat: {path: "world.countries[ES].vat", values: {uniform: [20 %, 2 %]}}
  demand: {path: world.adjust.demand, values: {normal: 1, sd: 0}}
"""
    found = faults_of(write(tmp_path, factors=factors, points="{sobol: 8}"))
    assert [fault.partition(" · ")[0] for fault in found] == ["sweep.yaml:3", "sweep.yaml:4"]
    assert "low must be below high" in found[0]


def test_a_factor_may_need_what_only_some_designs_have(tmp_path: Path) -> None:
    depot = """\
design: depot
network:
  nodes: {depot: {kind: warehouse, at: [40.6, -3.6], country: ES}}
  lanes: {hub -> depot: {mode: road, transit: 1 d}}
policies: {supply: {depot: hub}, stock: {depot: {levels: {screen: 1}}}}
"""
    factors = """\
  net: {designs: {as: [], depot: [depot.yaml]}}
  stock: {path: "policies.stock[depot].levels.screen", values: [2, 3]}
"""
    _, points, ground = load_points(write(tmp_path, factors=factors, depot_yaml=depot))
    failing = [point.name for point in points if not _works(ground, point)]
    assert failing == ["p0001", "p0002"]


def _works(ground: Ground, point: Point) -> bool:
    try:
        ground.scenario(point)
    except ScenarioError:
        return False
    return True


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        ("demnd,crew\n50 %,0\n", "t.csv:1", "did you mean `demand`?"),
        ("demand\n50 %\n", "t.csv:1", "there is no column `crew`"),
        ("demand,crew\n50 %,\n", "t.csv:2", "the cell is empty"),
        ("demand,crew\n50 %\n", "t.csv:2", "the row has 1 cells"),
        ("demand,crew\n", "t.csv", "has no rows"),
        ("demand,demand,crew\n1,1,1\n", "t.csv:1", "is there twice"),
        ("demand [%],crew\nx,0\n", "t.csv:2", "is not a number"),
        ("demand,crew\n50 %,0\n60 %,1.5\n", "t.csv:3", "whole number"),
        ("", "t.csv", "is empty"),
    ],
)
def test_a_bad_table_is_told_by_line(tmp_path: Path, table: str, line: str, told: str) -> None:
    factors = FACTORS.replace("[0, 1]", "table").replace("add: table", "values: table")
    found = faults_of(write(tmp_path, factors=factors, points="{table: t.csv}", t_csv=table))
    assert any(fault.startswith(f"{line} · ") and told in fault for fault in found), found


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    assert "there is no such file" in faults_of(write(tmp_path, points="{table: none.csv}"))[0]


def test_a_factorial_of_too_many_points_is_refused(tmp_path: Path) -> None:
    levels = ", ".join(str(number) for number in range(1, 401))
    factors = "".join(
        f'  f{i}: {{path: "network.nodes[{node}].label", values: [{levels}]}}\n'
        for i, node in enumerate(("shop", "hub", "maker"))
    )
    found = faults_of(write(tmp_path, factors=factors))
    assert len(found) == 1
    assert found[0].startswith("sweep.yaml:1 · points · ")
    assert "64,000,000 points" in found[0]


# -- the Mexican launch -----------------------------------------------------------------------------------------------


def test_the_levers_of_the_mexican_launch_make_points(tmp_path: Path) -> None:
    text = f"""\
sweep: mexico-levers
scenario: {MEXICO / "scenario.yaml"}
design: {MEXICO / "designs" / "country_warehouse.yaml"}
factors:
  demand: {{path: world.adjust.demand, values: [60 %, 100 %, 140 %]}}
  hold: {{path: "world.countries[MX].hold", values: [2 %, 8 %, 20 %]}}
  stock: {{path: "policies.stock[cuautitlan-warehouse].target", values: [90 %, 97 %]}}
  technicians: {{path: "network.nodes[outlets].bench.technicians", scale: [100 %, 150 %]}}
points: factorial
windows: {{measure: 1095 d}}
"""
    (tmp_path / "sweep.yaml").write_text(text)
    _, points, ground = load_points(tmp_path / "sweep.yaml")
    assert len(points) == 36
    scenarios = [ground.scenario(point) for point in points]
    assert len({content.hash for content in scenarios}) == 36
    assert len({id(content.world) for content in scenarios}) == 9
