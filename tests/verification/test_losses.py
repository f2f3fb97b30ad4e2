"""One stock point whose shortages are met from outside: the Erlang loss formula, whatever the law of lead times.

Source: Erlang 1917; insensitivity: Sevastyanov 1957. A line that finds no stock is diverted to a source with ample
stock, so that the stock point never sees it.
"""

from __future__ import annotations

import numpy as np
import pytest

from netsim.theory.queues import erlang_b
from tests.engine.networks import DAY, Lived
from tests.verification.estimates import agrees, by_node, outlets, replicate
from tests.verification.test_palm import LAWS, LONG

WARM = 60 * DAY
AMPLE = 1_000_000


def losing(count: int, level: int, *, rate: str, lead: str, law: str) -> dict:
    names = [f"shop{i:03d}" for i in range(count)]
    network = outlets(
        count,
        rate=rate,
        stock={**{name: {"levels": {"board": level}} for name in names}, "outside": {"opening": {"board": AMPLE}}},
        supply={**dict.fromkeys(names, "maker"), "outside": "maker"},
        shortage={name: [{"parent": {"mode": "taxi", "node": "outside"}}, "home"] for name in names},
    )
    network["network"]["nodes"]["outside"] = {"kind": "warehouse", "at": [1, 1], "country": "XX"}
    lanes = network["network"]["lanes"]
    for name in names:
        lanes[f"maker -> {name}"] = {"transit": LAWS[law](lead)}
        lanes[f"outside -> {name} / taxi"] = {"mode": "taxi", "transit": "0 s"}
    lanes["maker -> outside"] = {"transit": "0 s"}
    return network


def figures(lived: Lived) -> dict[str, np.ndarray]:
    lines = lived.records.lines
    rows = lines["requested"] >= WARM
    assert (lines["arrived"] == lines["requested"]).all()  # nobody waits: it is there, or comes from outside at once
    return {"fill": by_node(lived, (lines["source"] == lines["node"]).astype(float), rows=rows)}


@pytest.mark.parametrize("law", ["constant", "exponential", "lognormal"])
@pytest.mark.parametrize(("length", "replications", "loose"), [(1000, 1, 4.5), pytest.param(6000, 1, 1.8, marks=LONG)])
def test_o4_eight_pieces_on_a_load_of_five(law, length, replications, loose):
    found = replicate(
        losing(40, 8, rate="0.5 /d", lead="10 d", law=law), figures, days=length, replications=replications
    )
    assert float(1 - erlang_b(8, 5.0)) == pytest.approx(0.9300, abs=5e-5)
    agrees(found["fill"], float(1 - erlang_b(8, 5.0)), catches=0.02 * loose)


@pytest.mark.parametrize(("level", "fill"), [(2, 0.4705882353), (4, 0.7938931298), (6, 0.9478428847)])
@pytest.mark.parametrize(("length", "replications", "loose"), [(380, 1, 4.0), pytest.param(2000, 1, 1.8, marks=LONG)])
def test_lost_sales_on_a_load_of_three(level, fill, length, replications, loose):
    network = losing(40, level, rate="2 /d", lead="1.5 d", law="gamma")
    found = replicate(network, figures, days=length, replications=replications)
    agrees(found["fill"], fill, catches=0.04 * loose * np.sqrt((1 - fill) / fill))
