"""Commands read a sweep: it is checked, shown, and each of its points is a design that can be named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netsim.cli import main
from netsim.errors import ModelError
from netsim.spec.scenario import load
from netsim.view.inputs import open_given
from tests.study.tiny import SCENARIO

SWEEP = """\
sweep: tiny
factors:
  demand: {path: world.adjust.demand, values: [50 %, 100 %]}
  net: {designs: {as: [], more: [more.yaml]}}
windows: {measure: 60 d}
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    (tmp_path / "more.yaml").write_text("design: more\npolicies: {stock: {shop: {levels: {screen: 8}}}}\n")
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    return tmp_path / "sweep.yaml"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_sweep_is_checked(sweep: Path) -> None:
    found = call("check", sweep)
    assert found.exit_code == 0, found.output
    assert "4 points, factorial, over demand, net" in found.output
    assert "Tiny / as-is" in found.output
    assert "Tiny / more" in found.output
    told = json.loads(call("check", sweep, "--json").output)
    assert (told["kind"], told["points"], [case["design"] for case in told["cases"]]) == ("sweep", 4, ["as-is", "more"])


def test_faults_of_a_sweep_end_with_one(sweep: Path) -> None:
    sweep.write_text(SWEEP.replace("50 %", "a half"))
    found = call("check", sweep)
    assert found.exit_code == 1
    assert "sweep.yaml:3 · factors.demand · level `a half`: " in found.output


def test_a_point_is_shown_as_it_is_run(sweep: Path, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["show", str(sweep), "--design", "p0002"])
    assert found.exit_code == 0, found.output
    (tmp_path / "resolved.yaml").write_text(found.stdout)
    given = open_given(sweep)
    assert load(tmp_path / "resolved.yaml").hash == given.case("p0002").content.hash
    changes = call("show", sweep, "--design", "p0001", "--changes").output
    assert f"world.zones.town.units: 1000 -> 500  ({sweep}:3)" in changes
    with pytest.raises(ModelError, match="did you mean"):
        given.case("p0009")


def test_a_point_is_traced_in_the_windows_of_its_sweep(sweep: Path) -> None:
    sweep.write_text(SWEEP + "seed: 4\nengine: simpy\n")
    assert open_given(sweep).measured == ((60 + 60) * 86_400, 4, "simpy")  # 60 d measured, 60 d of cool-down
    found = call("trace", sweep, "--design", "p0002", "--order", "town/0", "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    assert (told["design"], told["order"].startswith("Order town/0")) == ("more", True)


def test_editors_get_the_schema_of_a_sweep() -> None:
    assert json.loads(call("schema", "sweep").output)["title"] == "netsim: a sweep"
