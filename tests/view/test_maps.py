from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from matplotlib.collections import LineCollection

from netsim.errors import ModelError
from netsim.network.building import build
from netsim.network.geography import BORDER_NOTE
from netsim.spec.scenario import Scenario, load
from netsim.view.maps import draw_network
from tests.view.small import write_study
from tests.view.test_charts import words_of


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load(write_study(tmp_path_factory.mktemp("map")).parent / "scenario.yaml")


def test_a_map_names_places_modes_and_where_its_borders_come_from(scenario: Scenario) -> None:
    words = words_of(draw_network(build(scenario), title="The network"))
    assert BORDER_NOTE in words
    for name in ("Centro", "Depot", "Fixer", "Maker", "km away", "Road", "Air", "Demand zone", "Outlet"):
        assert name in words


def test_every_lane_is_drawn_and_width_follows_the_flow(scenario: Scenario) -> None:
    flows = {"depot -> centro / road": 400.0, "maker -> depot / air": 100.0}
    made = draw_network(build(scenario), title="The network", flows=flows)
    drawn = [each for each in made.axes[0].collections if isinstance(each, LineCollection)]
    widths = np.concatenate([np.atleast_1d(each.get_linewidth()) for each in drawn])
    assert sum(len(each.get_segments()) for each in drawn) == 4
    assert sorted(widths)[-1] == pytest.approx(5.0)
    assert sorted(widths)[-2] == pytest.approx(0.6 + 4.4 / 2), "width grows with the root of the flow"
    assert "400 consignments" in words_of(made)


def test_the_legend_does_not_cover_the_map(scenario: Scenario) -> None:
    made = draw_network(build(scenario), title="The network")
    made.draw_without_rendering()
    frame = made.axes[0].get_window_extent()
    renderer = made.canvas.get_renderer()  # type: ignore[attr-defined]
    for legend in made.legends:
        assert not legend.get_window_extent(renderer).overlaps(frame)


def test_a_network_without_places_is_told() -> None:
    with pytest.raises(ModelError, match="at: "):
        draw_network(nx.MultiDiGraph(), title="Nothing")


def test_a_map_has_the_same_bytes_each_time(scenario: Scenario, tmp_path: Path) -> None:
    from netsim.view.style import save

    one, other = (
        [place.read_bytes() for place in save(draw_network(build(scenario), title="x"), tmp_path / name, "map")]
        for name in ("a", "b")
    )
    assert one == other
