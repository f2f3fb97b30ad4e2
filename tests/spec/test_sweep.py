"""Sweep files: what they may say, and every mistake told with its line and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from netsim.errors import ScenarioError
from netsim.spec.reading import read_yaml_text
from netsim.spec.scenario import load_sweep
from netsim.spec.schema import json_schema
from netsim.spec.sweep import Points, Sweep
from netsim.spec.uncertain import Levels, read_levels

SWEEP = """\
sweep: levers
scenario: [scenario.yaml, plus.yaml]
design: two_hubs.yaml
factors:
  demand: {path: world.adjust.demand, values: [60 %, 100 %, 140 %], base: 100 %, label: Demand}
  crew: {path: "network.nodes[outlets].bench.technicians", add: [-1, 0, 1]}
  stock: {path: ["policies.stock[oslo].levels", "policies.stock[madrid].levels"], scale: {lean: 80 %, rich: 120 %}}
  hubs: {designs: {one: [], two: [two_hubs.yaml]}}
points: one-at-a-time
windows: {measure: 1 yr}
"""


def write(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = SWEEP
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    (folder / "sweep.yaml").write_text(text)
    return folder / "sweep.yaml"


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_sweep(path)
    return [str(fault).removeprefix(f"{path.parent}/") for fault in caught.value.faults]


def test_a_sweep_is_read(tmp_path: Path) -> None:
    sweep = load_sweep(write(tmp_path))
    assert (sweep.sweep, sweep.scenario_files) == ("levers", ("scenario.yaml", "plus.yaml"))
    assert sweep.design_files == ("two_hubs.yaml",)
    assert (sweep.points, sweep.replications, sweep.seed, sweep.engine) == (Points("one-at-a-time"), 10, 0, "auto")
    demand, crew, stock, hubs = sweep.factors.values()
    assert [each.change for each in (demand, crew, stock)] == ["set", "add", "scale"]
    assert (demand.base_level, crew.base_level) == (1, 0)
    assert [len(each.paths) for each in (demand, stock, hubs)] == [1, 2, 0]
    assert isinstance(stock.levels, Levels)
    assert (stock.levels.names, stock.levels.values) == (("lean", "rich"), ("80 %", "120 %"))
    assert isinstance(hubs.levels, Levels)
    assert hubs.levels.names == ("one", "two")
    assert [factor.source[1] for factor in sweep.factors.values()] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("factorial", Points("factorial")),
        ("{latin hypercube: 1000}", Points("latin hypercube", 1000)),
        ("{sobol: 1024, seed: 7}", Points("sobol", 1024, seed=7)),
        ("{saltelli: 256, second order: true}", Points("saltelli", 256, second_order=True)),
        ("{table: points.csv}", Points("table", table="points.csv")),
    ],
)
def test_points_are_chosen_in_six_ways(tmp_path: Path, text: str, points: Points) -> None:
    assert load_sweep(write(tmp_path, ("points: one-at-a-time", f"points: {text}"))).points == points


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("points: one-at-a-time", "points: one-at-time", 9, "did you mean `one-at-a-time`?"),
        ("points: one-at-a-time", "points: {latin hypercub: 9}", 9, "did you mean `latin hypercube`?"),
        ("points: one-at-a-time", "points: {sobol: 0}", 9, "is not a whole number from 1"),
        ("points: one-at-a-time", "points: {sobol: 8, sed: 1}", 9, "did you mean `seed`?"),
        ("points: one-at-a-time", "points: {table: 5}", 9, "`table` names no file"),
        ("points: one-at-a-time", "points: {saltelli: 4, second order: 1}", 9, "is not a truth value"),
        ("base: 100 %", "base: 90 %", 5, "is none of its levels"),
        ("base: 100 %", "bas: 100 %", 5, "did you mean `base`?"),
        ("values: [60 %, 100 %, 140 %], base: 100 %", "values: {uniform: [1, 2]}", 5, "points need levels"),
        ("values: [60 %, 100 %, 140 %], base: 100 %", "values: table", 5, "leaves its levels to a table"),
        ("values: [60 %, 100 %, 140 %], base: 100 %", "label: D", 5, "is there twice|written twice"),
        ("add: [-1, 0, 1]", "add: [1], scale: [2]", 6, "exactly one of"),
        ("add: [-1, 0, 1]", "designs: {a: [x.yaml]}", 6, "a factor of designs has no `path`"),
        ('path: "network.nodes[outlets].bench.technicians", ', "", 6, "says not what it changes"),
        ('"network.nodes[outlets].bench.technicians"', "network..nodes", 6, "is not a path"),
        ('"policies.stock[madrid].levels"', '"policies.stock[oslo].levels"', 7, "is changed by `stock` too"),
        ("designs: {one: [], two: [two_hubs.yaml]}", "designs: {}", 8, "names no designs"),
        ("windows: {measure: 1 yr}", "windows: {measure: 1}", 10, "has no unit"),
        ("sweep: levers", "sweep: levers\nfactor: {}", 2, "did you mean `factors`?"),
    ],
)
def test_a_mistake_stands_at_its_line(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    found = faults_of(write(tmp_path, (old, new)))
    assert any(fault.startswith(f"sweep.yaml:{line} · ") for fault in found), found
    assert any(part in fault for fault in found for part in told.split("|")), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, ("base: 100 %", "base: 1"), ('["policies.stock[oslo].levels", ', "[a..b, "))
    assert [fault.partition(" · ")[0] for fault in faults_of(path)] == ["sweep.yaml:5", "sweep.yaml:7"]
    path = write(tmp_path, ("measure: 1 yr", "measure: 1"), ("points: one-at-a-time", "points: 3"))
    assert len(faults_of(path)) == 2


def test_other_files_are_no_sweeps(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("study: x\n")
    assert "is a study, a sweep is wanted" in faults_of(tmp_path / "x.yaml")[0]
    (tmp_path / "y.yaml").write_text("factors: {}\n")
    assert "begin the file with `sweep: NAME`" in faults_of(tmp_path / "y.yaml")[0]


GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "sweeps.md"


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
def test_the_sweeps_of_the_guide_are_sound(tmp_path: Path, text: str) -> None:
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    assert load_sweep(tmp_path / "sweep.yaml").factors


def test_the_distributions_of_the_guide_are_read() -> None:
    section = GUIDE.read_text(encoding="utf-8").partition("## Uncertain inputs")[2].partition("## Points")[0]
    texts = re.findall(r"`(\{[^`]*\})`", section)
    found = [read_levels(read_yaml_text(f"x: {text}", "guide").tree["x"]) for text in texts]
    assert len(found) >= 12


# -- editors ----------------------------------------------------------------------------------------------------------


def test_editors_get_a_schema_of_sweeps() -> None:
    schema = json_schema("sweep")
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    tree = read_yaml_text(SWEEP, "sweep.yaml").tree
    assert not list(validator.iter_errors(tree))
    for points in ("factorial", {"sobol": 8, "seed": 3}, {"table": "points.csv"}):
        assert not list(validator.iter_errors({**tree, "points": points}))
    for wrong in ({"points": "all"}, {"points": {"sobol": 0}}, {"factors": {"a": {"pth": "x"}}}, {"scenaro": "x"}):
        assert list(validator.iter_errors({**tree, **wrong}))
    assert set(schema["properties"]) == set(Sweep.model_fields)
