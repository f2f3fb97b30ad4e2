import pytest

from netsim.network.building import build
from netsim.network.reach import outlets_in_reach


@pytest.mark.parametrize(
    "edits",
    [
        (),
        (("max_travel: 200 km", "max_travel: 20 km"),),
        (("max_travel: 200 km", "max_travel: 1 km, beyond: walk-in"),),
        (("leon: {at: [21.12, -101.68], country: MX", "leon: {at: [21.12, -101.68], country: CN"),),
    ],
)
def test_the_nearest_alone_are_the_first_of_all(two_countries, edits):
    scenario = two_countries(*edits)
    network = build(scenario)
    whole = outlets_in_reach(scenario, network)
    for most in (1, 2, 3):
        part = outlets_in_reach(scenario, network, most=most)
        assert part == {name: row[:most] for name, row in whole.items()}
    for row in whole.values():
        assert [far for _, far in row] == sorted(far for _, far in row)


def test_outlets_of_the_own_country_come_alone_and_others_only_where_there_are_none(two_countries):
    unlimited = ("max_travel: 200 km", "choose: nearest")
    abroad = ("country: MX, opens: 2026-02-01", "country: ES, opens: 2026-02-01")
    scenario = two_countries(unlimited, abroad)
    reach = outlets_in_reach(scenario, build(scenario))
    assert {name: [outlet for outlet, _ in row] for name, row in reach.items()} == {name: ["df"] for name in reach}
    far = two_countries(
        unlimited, ("leon: {at: [21.12, -101.68], country: MX", "leon: {at: [21.12, -101.68], country: CN")
    )
    assert [outlet for outlet, _ in outlets_in_reach(far, build(far))["leon"]] == ["df", "cholula"]
