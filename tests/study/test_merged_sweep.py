"""The manifest of merged sweeps: factors with the levels of all, and a plan only where the points follow one."""

from __future__ import annotations

from itertools import product

from netsim.study.merged_sweep import merge_sweeps


def told(demand, *, plan="factorial", base=0, distribution=None, path="world.adjust.demand"):
    factors = [
        {"name": "demand", "label": "Demand", "paths": [path], "change": "set", "levels": demand,
         "distribution": distribution, "base": base},
        {"name": "mode", "label": "Mode", "paths": ["x"], "change": "set", "levels": ["air", "road"],
         "distribution": None, "base": 1},
    ]  # fmt: skip
    return {"points": plan, "plan": plan, "count": 0, "seed": 0, "second_order": False, "factors": factors}


def all_points(demand):
    return [{"demand": level, "mode": mode} for level, mode in product(demand, ("air", "road"))]


def test_a_factorial_that_is_whole_again_stays_one():
    found = merge_sweeps([told(["80 %", "100 %"], base=1), told(["120 %"])], all_points(["80 %", "100 %", "120 %"]),
                         grown=True)  # fmt: skip
    assert found["plan"] == "factorial"
    assert found["factors"][0]["levels"] == ["80 %", "100 %", "120 %"]
    assert [factor["base"] for factor in found["factors"]] == [1, 1]


def test_points_with_a_gap_are_a_table():
    points = all_points(["80 %", "100 %"])[:3]
    found = merge_sweeps([told(["80 %"]), told(["100 %"])], points, grown=True)
    assert (found["plan"], found["factors"][0]["levels"]) == ("table", ["80 %", "100 %"])


def test_drawn_points_of_two_plans_are_a_table():
    one = told(None, plan="sobol", distribution="uniform 2 % to 20 %")
    found = merge_sweeps([one, one], [{"demand": "3 %", "mode": "air"}], grown=True)
    assert (found["plan"], found["factors"][0]["levels"], found["factors"][0]["base"]) == ("table", None, 0)


def test_further_replications_leave_the_plan_as_it_is():
    one = told(None, plan="saltelli", distribution="uniform")
    assert merge_sweeps([one, one], [], grown=False) == one


def test_other_factors_make_a_plain_study():
    assert merge_sweeps([told(["a"]), told(["a"], path="world.countries[MX].hold")], [], grown=True) is None
    assert merge_sweeps([told(["a"]), None], [], grown=True) is None
    assert merge_sweeps([None, told(["a"])], [], grown=False) is None
