import pytest

from netsim.network.building import build
from netsim.network.routing import Router, clears_customs, mean_wait
from netsim.spec.countries import Country
from netsim.spec.network import Lane

HOUR, DAY = 3600, 86400


def keys(route):
    return None if route is None else [f"{link.origin}>{link.destination}/{link.label}" for link in route]


@pytest.fixture
def router_of(two_countries):
    def make(*edits):
        scenario = two_countries(*edits)
        return Router(scenario, build(scenario))

    return make


def test_a_lane_kept_for_emergencies_is_not_the_usual_one(router_of):
    router = router_of()
    assert keys(router.route("hub", "df", goods="parts")) == ["hub>df/road"]
    assert keys(router.route("hub", "df", goods="parts", mode="express")) == ["hub>df/express"]
    assert keys(router.route("hub", "df", goods="devices")) == ["hub>df/express"]
    unnamed = router_of(("{parent: {mode: express}}", "{parent: {}}"))
    assert keys(unnamed.route("hub", "df", goods="parts")) == ["hub>df/road"]
    without = router_of(("df: {rungs: [{parent: {mode: express}}, home], retry: true}", "df: [home]"))
    assert keys(without.route("hub", "df", goods="parts")) == ["hub>df/express"]


def test_a_lane_is_named_by_its_label_or_else_by_its_mode(router_of):
    further = "    hub -> df / slow: {mode: express, transit: 2 d}\n    hub -> df / van: {mode: slow, transit: 1 h}\n"
    more = ("  lanes:\n", f"  lanes:\n{further}")
    router = router_of(more)
    named = {by: keys(router.named("hub", "df", goods="parts", by=by)) for by in ("road", "express", "slow", "rail")}
    assert named == {"road": ["hub>df/road"], "express": ["hub>df/express"], "slow": ["hub>df/slow"], "rail": None}
    only = ("hub -> df / express: {mode: express,", "hub -> df / night: {mode: express,")
    assert keys(router_of(more, only).named("hub", "df", goods="parts", by="express")) == ["hub>df/night"]
    assert router.named("cholula", "df", goods="parts", by="road") is None  # it takes cores only
    assert [link.label for link in router.usual("hub", "df", goods="parts")] == ["road", "van"]
    assert [link.label for link in router.usual("hub", "df", goods="cores")] == ["express", "road", "slow", "van"]
    assert router.usual("df", "cholula", goods="parts") == []


def test_lateral_lanes_are_no_usual_way(router_of):
    assert keys(router_of().route("df", "cholula", goods="devices")) == ["df>hub/road", "hub>cholula/road"]
    assert keys(router_of().route("df", "cholula", goods="parts", mode="lateral")) == ["df>cholula/lateral"]


def test_a_chain_goes_where_no_direct_lane_does_and_what_each_lane_carries(router_of):
    router = router_of()
    assert keys(router.route("cholula", "hub", goods="cores")) == ["cholula>df/road", "df>hub/road"]
    assert router.route("cholula", "hub", goods="devices") is None
    assert router.seconds(router.route("cholula", "hub", goods="cores")) == 2 * HOUR + DAY
    assert router.route("hub", "hub", goods="parts") == ()


def test_chains_prefer_warehouses_then_time_then_name(router_of):
    new = ("maker -> east", "maker -> west", "east -> df", "west -> df")
    extra = (
        "    maker -> hub / sea:",
        "".join(f"    {lane} / air: {{transit: 1 d}}\n" for lane in new) + "    maker -> hub / sea:",
    )
    nodes = (
        "    hub: {kind: warehouse",
        "    east: {kind: warehouse, country: CN}\n    west: {kind: warehouse, country: CN}\n    hub: {kind: warehouse",
    )
    # Both take 1 d, and a border of 1 d + 25 % of 2 d, and 1 d: less than by sea.
    assert keys(router_of(extra, nodes).route("maker", "df", goods="parts")) == ["maker>east/air", "east>df/air"]
    outlets = (nodes[0], nodes[1].replace("east: {kind: warehouse", "east: {kind: outlet"))
    assert keys(router_of(extra, outlets).route("maker", "df", goods="parts")) == ["maker>west/air", "west>df/air"]


def test_nominal_time_is_wait_transit_clearance_and_mean_hold(router_of):
    router = router_of()
    assert router.nominal["hub -> df / road"] == HOUR + 12 * HOUR + DAY
    assert router.nominal["madrid -> hub / air"] == 5 * DAY + DAY + DAY // 2
    assert router.nominal["hub -> madrid / air"] == 5 * DAY  # Spain clears in no time here
    air = "madrid -> hub / air: {mode: air, transit: 5 d"
    own = router_of((air, f"{air}, customs: {{clearance: 2 d, hold: 0 %}}"))
    assert own.nominal["madrid -> hub / air"] == 7 * DAY


def test_mean_wait_is_half_the_interval_after_the_cut_off():
    def wait(**fields):
        return mean_wait(Lane.model_validate({"transit": "1 d", **fields}))

    assert wait() == 0
    assert wait(departs="mon,thu 09:00") == 1.75 * DAY
    assert wait(departs="fri 18:00", cut_off="2 h") == 3.5 * DAY + 2 * HOUR
    assert wait(departs="monthly 1 09:00") == 365 / 24 * DAY


@pytest.mark.parametrize(
    ("regime", "blocs", "same", "cleared"),
    [
        ("auto", ("", ""), False, True),
        ("auto", ("", ""), True, False),
        ("auto", ("EU", "EU"), False, False),
        ("auto", ("EU", ""), False, True),
        ("none", ("", ""), False, False),
        ("temporary", ("EU", "EU"), False, True),
    ],
)
def test_customs_by_regime(regime, blocs, same, cleared):
    lane = Lane.model_validate({"transit": "1 d", "regime": regime})
    origin, destination = (Country.model_validate({"bloc": bloc}) for bloc in blocs)
    assert clears_customs(lane, origin, destination, same=same) is cleared


def test_a_ban_closes_the_border_and_is_told(router_of):
    ban = "{origin: MX, destination: any, goods: cores, why: Used goods law}"
    router = router_of(("  rates:", f"  bans: {{waste: {ban}}}\n  rates:"))
    assert router.route("hub", "madrid", goods="cores") is None
    assert keys(router.route("df", "hub", goods="cores")) == ["df>hub/road"]  # within the country
    assert keys(router.route("hub", "madrid", goods="parts")) == ["hub>madrid/air"]
    name, found = router.banned_route("hub", "madrid", goods="cores")
    assert (name, found.why) == ("waste", "Used goods law")
    assert router.banned_route("df", "hub", goods="cores") is None
    assert router.banned_route("df", "maker", goods="cores") is None


def test_a_ban_from_the_first_country_to_the_last_closes_every_chain(router_of):
    """Cores go MX -> CN -> ES: each border is open, only the way as a whole is banned."""
    df = ("at: [19.43, -99.13], country: MX", "at: [19.43, -99.13], country: CN")
    hub = ("at: [20.0, -100.0], country: MX", "at: [20.0, -100.0], country: ES")
    ban = "{origin: MX, destination: ES, goods: cores, why: Used goods law}"
    open_, closed = router_of(df, hub), router_of(df, hub, ("  rates:", f"  bans: {{waste: {ban}}}\n  rates:"))
    assert keys(open_.route("cholula", "hub", goods="cores")) == ["cholula>df/road", "df>hub/road"]
    assert closed.route("cholula", "hub", goods="cores") is None
    assert closed.banned_route("cholula", "hub", goods="cores")[0] == "waste"
    assert keys(closed.route("cholula", "df", goods="cores")) == ["cholula>df/road"]
    assert keys(closed.route("df", "hub", goods="cores")) == ["df>hub/road"]
    assert closed.ban_between("cholula", "hub", goods="parts") is None
