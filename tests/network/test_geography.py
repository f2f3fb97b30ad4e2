import csv
import gzip
import hashlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from netsim.errors import ModelError
from netsim.network import geography
from netsim.network.geography import (
    EARTH_RADIUS_KM,
    borders,
    cities,
    coverage,
    disputed,
    distance_km,
    geo_path,
    nearest,
    provinces,
)

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "scenarios" / "launch_mexico" / "tables"
MEXICO_CITY, GUADALAJARA = (19.4285, -99.1277), (20.6774, -103.3475)


# --- distance ---------------------------------------------------------------------------------------------------------


def test_a_quarter_of_a_great_circle() -> None:
    quarter = np.pi / 2 * EARTH_RADIUS_KM
    assert float(distance_km(0, 0, 90, 0)) == pytest.approx(quarter, rel=1e-12)
    assert float(distance_km(0, -45, 0, 45)) == pytest.approx(quarter, rel=1e-12)
    assert float(distance_km(0, 0, 0, 180)) == pytest.approx(2 * quarter, rel=1e-12)


def test_the_date_line_is_no_border() -> None:
    assert float(distance_km(0, 179, 0, -179)) == pytest.approx(float(distance_km(0, -1, 0, 1)), rel=1e-12)


def test_a_known_distance() -> None:
    # 461 km from city to city in tables of air distances; the two centres are a kilometre or two wide.
    assert 459 <= float(distance_km(*MEXICO_CITY, *GUADALAJARA)) <= 464


def test_the_sphere_is_close_to_the_ellipsoid() -> None:
    """Karney's geodesics on WGS 84 (Algorithms for geodesics, 2013), as in PROJ; 0.56 % is the known bound."""
    marks = np.random.default_rng(20260105)
    lat = np.degrees(np.arcsin(marks.uniform(-1, 1, (2, 2000))))
    lon = marks.uniform(-180, 180, (2, 2000))
    metres = pyproj.Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])[2]
    assert np.abs(distance_km(lat[0], lon[0], lat[1], lon[1]) / (metres / 1000) - 1).max() < 0.0056


def test_distances_are_a_metric_and_broadcast() -> None:
    marks = np.random.default_rng(7)
    lat, lon = marks.uniform(-90, 90, 60), marks.uniform(-180, 180, 60)
    km = distance_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    assert km.shape == (60, 60)
    assert (np.diag(km) == 0).all()
    assert km == pytest.approx(km.T, rel=1e-12)
    assert (km[:, None, :] <= km[:, :, None] + km[None, :, :] + 1e-6).all()


@pytest.mark.parametrize(
    ("point", "what"),
    [((99.1, 19.4), "latitude 99.1"), ((19.4, -200.0), "longitude -200"), ((float("nan"), 0.0), "latitude nan")],
)
def test_impossible_points_are_refused(point: tuple[float, float], what: str) -> None:
    with pytest.raises(ModelError, match=f"{what} .*latitude before longitude"):
        distance_km(*point, 0, 0)


# --- neighbours and coverage ------------------------------------------------------------------------------------------


def test_nearest_are_found_in_order() -> None:
    index, km = nearest([(0, 0), (0, 9)], [(0, 10), (0, 1), (0, 3)], 2)
    assert index.tolist() == [[1, 2], [0, 2]]
    degree = np.pi / 180 * EARTH_RADIUS_KM
    assert km / degree == pytest.approx(np.array([[1.0, 3.0], [1.0, 6.0]]))


def test_fewer_points_than_asked_for_give_fewer_columns() -> None:
    index, km = nearest([(0, 0)], [(0, 2), (0, 1)], 8)
    assert index.tolist() == [[1, 0]]
    assert km.shape == (1, 2)


def test_ties_go_to_the_earlier_row() -> None:
    around = [(0, 1), (1, 0), (0, -1), (-1, 0)]  # four equal distances that sines may split in their last bits
    index, _ = nearest([(0, 0)], around, 4)
    assert index.tolist() == [[0, 1, 2, 3]]


def test_chunks_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = np.random.default_rng(3)
    a, b = marks.uniform(-60, 60, (50, 2)), marks.uniform(-60, 60, (20, 2))
    whole = nearest(a, b, 3)
    monkeypatch.setattr(geography, "_CHUNK", 41)
    parts = nearest(a, b, 3)
    assert (whole[0] == parts[0]).all()
    assert (whole[1] == parts[1]).all()


def test_coverage_counts_weight_up_to_the_limit() -> None:
    zones, weights = [(0, 0), (0, 1), (0, 5)], [2, 3, 5]
    limit = float(distance_km(0, 0, 0, 1))
    assert coverage(zones, [(0, 0)], weights, limit) == 0.5
    assert coverage(zones, [(0, 0)], weights, limit * 0.999) == 0.2
    assert coverage(zones, [(0, 0), (0, 5)], weights, 0) == 0.7
    assert coverage(zones, zones, weights, 0) == 1.0
    assert coverage(zones, [], weights, 1e6) == 0.0


def test_coverage_never_falls_with_the_limit_or_an_outlet() -> None:
    places = cities("MX")
    points, weights = places[["lat", "lon"]].to_numpy(), places["population"].to_numpy()
    by_limit = [coverage(points, points[:12], weights, km) for km in (0, 25, 50, 100, 200, 400, 5000)]
    assert by_limit == sorted(by_limit)
    assert by_limit[-1] == 1.0
    by_outlets = [coverage(points, points[:n], weights, 100) for n in range(0, 40, 5)]
    assert by_outlets == sorted(by_outlets)


@pytest.mark.parametrize("weights", [[1, 2], [1, -1, 2], [0, 0, 0], [1, float("nan"), 1]])
def test_weights_must_make_sense(weights: list[float]) -> None:
    with pytest.raises(ModelError, match="weight"):
        coverage([(0, 0), (0, 1), (0, 2)], [(0, 0)], weights, 10)


def test_questions_without_meaning_are_refused() -> None:
    with pytest.raises(ModelError, match="at least 1 neighbour"):
        nearest([(0, 0)], [(0, 0)], 0)
    with pytest.raises(ModelError, match="no point to be near to"):
        nearest([(0, 0)], [], 1)
    with pytest.raises(ModelError, match="rows of latitude and longitude"):
        nearest([(0, 0, 0)], [(0, 0)], 1)


# --- cities -----------------------------------------------------------------------------------------------------------


def test_cities_come_largest_first_and_above_the_limit() -> None:
    for country in ("MX", "ID", "PL"):
        table = cities(country)
        assert (table["country"] == country).all()
        assert (table["population"] > 100_000).all()
        assert table["population"].is_monotonic_decreasing
        assert table["geonameid"].is_unique
        assert len(cities(country, above=15_000)) > len(table)


def test_namibia_is_not_a_missing_value() -> None:
    assert cities("NA")["ascii"].tolist()[0] == "Windhoek"


def test_the_table_cannot_be_spoilt_for_the_next_caller() -> None:
    mine = cities("PL")
    mine.loc[:, "population"] = 0
    assert (cities("PL")["population"] > 0).all()


def test_ascii_names_are_plain_and_never_empty() -> None:
    with gzip.open(geo_path("cities.csv.gz"), "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["ascii"].isascii() and row["ascii"].strip() for row in rows)
    assert {row["ascii"] for row in rows if row["name"] in {"Łódź", "Mérida", "Tromsø"}} == {"Lodz", "Merida", "Tromso"}


def test_unknown_countries_are_refused_with_a_remedy() -> None:
    with pytest.raises(ModelError, match="did you mean `MX`"):
        cities("mx")
    with pytest.raises(ModelError, match=r"no country `Mexico`.*two capital letters"):
        cities("Mexico")
    with pytest.raises(ModelError, match="no country `XY`"):
        borders(["MX", "XY"])


# --- borders ----------------------------------------------------------------------------------------------------------


def test_every_mexican_city_lies_in_mexico_and_in_its_state() -> None:
    table = cities("MX", above=0)
    points = gpd.points_from_xy(table["lon"], table["lat"])
    country = borders(["MX"]).geometry.iloc[0]
    states = provinces("MX").set_index("name").geometry
    shapely.prepare(country)
    off = shapely.distance(country, points)
    assert (off < 0.05).all(), "5 km, the generalisation of a coast"
    assert (off == 0).mean() > 0.99
    own = states.loc[table["province"]].to_numpy()
    assert (shapely.distance(own, points) < 0.1).all()
    assert table.groupby("admin1")["province"].nunique().max() == 1
    assert table["province"].nunique() == 32


def test_mexico_has_the_area_that_inegi_gives() -> None:
    """1,964,375 km2 with 5,127 km2 of islands, INEGI; an equal-area projection of the outline comes close."""
    for outline in (borders(["MX"]), provinces("MX")):
        assert outline.to_crs("EPSG:6933").area.sum() / 1e6 == pytest.approx(1_964_375, rel=0.01)


def test_all_outlines_are_sound() -> None:
    everything = borders()
    assert everything.crs == "EPSG:4326"
    assert everything.geometry.is_valid.all()
    assert not everything.geometry.is_empty.any()
    assert (everything["name"] != "").all()
    coded = everything[everything["iso"] != "-99"]["iso"]
    assert coded.is_unique
    assert coded.str.fullmatch("[A-Z]{2}").all()
    assert {"MX", "US", "CN", "ID", "SG", "PL", "NL", "NA", "MC"} <= set(coded)
    assert sorted(borders(["US", "MX"])["iso"]) == ["MX", "US"]


def test_states_share_borders_without_gaps() -> None:
    for country in ("MX", "PL"):
        parts = provinces(country)
        whole = parts.geometry.union_all()
        assert parts.to_crs("EPSG:6933").area.sum() == pytest.approx(
            gpd.GeoSeries([whole], crs=4326).to_crs("EPSG:6933").area.sum(), rel=1e-4
        )
        assert parts["iso"].eq(country).all()
    assert len(provinces("PL")) == 16


def test_disputed_lines_are_there_to_be_drawn() -> None:
    lines = disputed()
    assert set(lines.geom_type) == {"MultiLineString"}
    assert lines["name"].str.contains("claim").any()
    assert lines.crs == "EPSG:4326"


def test_a_map_of_ones_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "own.geojson"
    shape = shapely.box(0, 0, 1, 1)
    gpd.GeoDataFrame({"iso": ["MX", "US"], "name": ["Mine", "Yours"]}, geometry=[shape, shape], crs=4326).to_file(own)
    assert borders(["MX"], file=own)["name"].tolist() == ["Mine"]
    assert provinces("US", file=own)["name"].tolist() == ["Yours"]
    gpd.GeoDataFrame({"code": ["MX"]}, geometry=[shape], crs=4326).to_file(own)
    with pytest.raises(ModelError, match="no column iso, name"):
        borders(file=own)
    with pytest.raises(ModelError, match="no file"):
        borders(file=tmp_path / "none.gpkg")


# --- files ------------------------------------------------------------------------------------------------------------


def test_files_are_those_that_the_readme_describes() -> None:
    readme = geo_path("README.md").read_text("utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \| (\d+) \| `([0-9a-f]{64})` \|$", readme, flags=re.MULTILINE)
    folder = geo_path("README.md").parent
    assert {name for name, _, _ in listed} == {path.name for path in folder.iterdir() if path.suffix in {".zip", ".gz"}}
    for name, size, digest in listed:
        content = geo_path(name).read_bytes()
        assert len(content) == int(size)
        assert hashlib.sha256(content).hexdigest() == digest
    assert sum(int(size) for _, size, _ in listed) < 5_000_000


def test_missing_files_are_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"did you mean `cities.csv.gz`"):
        geo_path("cities.csv")
    monkeypatch.setattr(geography, "_FOLDERS", (tmp_path / "nowhere",))
    with pytest.raises(ModelError, match="install netsim from its wheel"):
        geo_path("cities.csv.gz")


def test_an_installed_wheel_finds_its_own_files_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = tmp_path / "_data" / "geo"
    installed.mkdir(parents=True)
    (installed / "cities.csv.gz").write_bytes(b"")
    monkeypatch.setattr(geography, "_FOLDERS", (installed, *geography._FOLDERS))
    assert geo_path("cities.csv.gz") == installed / "cities.csv.gz"


def test_distance_needs_no_pandas_and_no_geopandas() -> None:
    program = (
        "import sys; from netsim.network.geography import nearest; nearest([(0, 0)], [(0, 1)]);"
        "sys.exit(any(name in sys.modules for name in ('pandas', 'geopandas', 'shapely')))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


# --- the zones of the Mexican launch ----------------------------------------------------------------------------------


def test_the_zones_table_is_what_its_script_prints(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(TABLES / "make_zones.py"))["main"]()
    assert capsys.readouterr().out == (TABLES / "zones.csv").read_text("utf-8")


def test_zones_hold_every_large_city_of_mexico_once() -> None:
    with (TABLES / "zones.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["name", "label", "lat", "lon", "country", "population", "share [%]"]
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) for name in names)
    people = [int(row["population"]) for row in rows]
    assert people == sorted(people, reverse=True)
    assert min(people) > 100_000
    for row in rows:
        assert float(row["share [%]"]) == pytest.approx(100 * int(row["population"]) / sum(people), abs=5.1e-5)
    assert sum(float(row["share [%]"]) for row in rows) == pytest.approx(100, abs=5e-5 * len(rows))

    # Every city of the source is a zone, but for the parts of Mexico City.
    zones = {(row["label"], row["lat"], row["lon"]) for row in rows}
    missing = [
        place for place in cities("MX").itertuples() if (place.name, str(place.lat), str(place.lon)) not in zones
    ]
    assert {place.admin1 for place in missing} == {"09"}
    assert len(missing) + len(rows) == len(cities("MX"))
    assert "mexico-city" in names
    assert not {"iztapalapa", "coyoacan", "benito-juarez", "colonia-del-valle"} & set(names)
    assert {"ecatepec-de-morelos", "guadalupe-nle", "guadalupe-zac", "zapopan", "la-paz"} <= set(names)
