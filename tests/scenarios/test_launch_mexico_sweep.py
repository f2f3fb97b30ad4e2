"""The sweep of the Mexican launch: a thousand points that can all be made, and corners that run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netsim.study.sweep import Sweep

FOLDER = Path(__file__).parents[2] / "scenarios" / "launch_mexico"


def test_a_thousand_points_are_a_thousand_scenarios_in_few_worlds():
    sweep = Sweep.from_file(FOLDER / "sweep.yaml")
    assert len(sweep.points) == 1000
    made = [sweep.ground.scenario(point) for point in sweep.points[::37]]
    assert len({scenario.hash for scenario in made}) == len(made)
    technicians = {
        (dict(point.levels)["technicians"], sum(
            node.bench.technicians for node in scenario.network.nodes.values() if node.kind == "outlet"
        ))
        for point, scenario in zip(sweep.points[::37], made, strict=True)
    }  # fmt: skip
    # 5 in Mexico City, 2 or 1 elsewhere: 23 in all; halves are rounded up, as one is the least.
    assert technicians == {("50 %", 18), ("75 %", 22), ("100 %", 23), ("150 %", 41), ("200 %", 46)}


def test_the_corners_of_the_sweep_run_and_keep_the_books(tmp_path):
    """Every run of a study closes its books; demand of 160 % with half of the technicians keeps customers waiting."""
    sweep = Sweep.from_file(FOLDER / "sweep.yaml")
    low, high = [
        next(point for point in sweep.points if dict(point.levels) == {
            "demand": demand, "hold": "60 %", "stock": "50 %", "technicians": "50 %"
        })
        for demand in ("40 %", "160 %")
    ]  # fmt: skip
    sweep.points = (low, high)
    results = sweep.run(workers=1, out=tmp_path, progress=False, replications=2)
    assert results.note == ""
    calm, crowded = results.matrix("tat_p90")
    assert np.all(crowded > 5 * calm)
