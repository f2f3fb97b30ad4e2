"""Places on the map: distance, coverage, cities, borders.

The data lies in ``data/geo`` with its sources and licences; it needs no network at run time. pandas and geopandas are
imported by the functions that return their tables, so that a simulation without a map does not pay for them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "BORDER_NOTE",
    "EARTH_RADIUS_KM",
    "ROAD_CIRCUITY",
    "borders",
    "cities",
    "coverage",
    "disputed",
    "distance_km",
    "geo_path",
    "nearest",
    "provinces",
]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth, (2a + b) / 3 of the GRS 80 ellipsoid (Moritz 1980, Geodetic Reference System 1980)."""

ROAD_CIRCUITY = 1.2
"""Road kilometres per great-circle kilometre, where no road distance is known.

Our own measurement on OpenStreetMap roads between the 200 largest cities of a country gave medians of 1.19 (Mexico),
1.16 (Indonesia) and 1.23 (Poland). Islands have no road at all: such pairs need a ferry or an air lane.
"""

BORDER_NOTE = "Borders: Natural Earth 4.1, de facto control; disputed lines dashed. Cities: GeoNames, CC BY 4.0."
"""What a map must say beside the borders it shows."""

_FOLDERS = (
    Path(__file__).parents[1] / "_data" / "geo",  # installed from a wheel
    Path(__file__).parents[2] / "data" / "geo",  # run from the repository
)
_CHUNK = 4_000_000  # distances held in memory at once: 32 MB


def geo_path(name: str) -> Path:
    """Return the path of a data file such as ``cities.csv.gz``, in the installed package or in the repository.

    Raises ModelError when no such file is found.
    """
    for folder in _FOLDERS:
        if (path := folder / name).is_file():
            return path
    known = sorted({path.name for folder in _FOLDERS if folder.is_dir() for path in folder.iterdir() if path.is_file()})
    if not known:
        raise ModelError(f"no place and border data for `{name}` · install netsim from its wheel or work in its clone")
    remedy = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise ModelError(f"no place or border data called `{name}` · {remedy}")


# --- distance ---------------------------------------------------------------------------------------------------------


def distance_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> NDArray[np.float64]:
    """Return great-circle distances in km between points given in degrees; the arguments broadcast.

    Four numbers give an array without dimensions, which ``float`` turns into a number. Haversine formula on the sphere
    of radius `EARTH_RADIUS_KM` (Sinnott 1984, Virtues of the haversine, Sky and Telescope 68); it differs from the
    distance on the ellipsoid by at most 0.56 %. For roads multiply by `ROAD_CIRCUITY`.
    Raises ModelError when a latitude or longitude is impossible.
    """
    phi1, phi2 = np.radians(_degrees(lat1, "latitude", 90)), np.radians(_degrees(lat2, "latitude", 90))
    lam1, lam2 = np.radians(_degrees(lon1, "longitude", 180)), np.radians(_degrees(lon2, "longitude", 180))
    half = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin((lam2 - lam1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), dtype=np.float64)


def nearest(points_a: ArrayLike, points_b: ArrayLike, k: int = 1) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each point of *points_a* the indices of the *k* nearest of *points_b*, and their distances in km.

    Points are rows of latitude and longitude in degrees. Both arrays have one row per point of *points_a* and as many
    columns as there are points to find, nearest first: *k*, or fewer if *points_b* holds fewer. Distances are compared
    in whole metres and ties go to the earlier row, so that the last bit of a sine on some machine decides nothing.
    Raises ModelError for a *k* below 1, for no *points_b* and for impossible points.
    """
    a, b = _points(points_a), _points(points_b)
    if k < 1:
        raise ModelError(f"k is {k} · ask for at least 1 neighbour")
    if not len(b):
        raise ModelError("there is no point to be near to · give at least one row of latitude and longitude")
    width = min(k, len(b))
    index = np.empty((len(a), width), dtype=np.int64)
    km = np.empty((len(a), width), dtype=np.float64)
    step = max(1, _CHUNK // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        found = distance_km(a[rows, 0, None], a[rows, 1, None], b[None, :, 0], b[None, :, 1])
        index[rows] = np.argsort(np.rint(found * 1000), axis=1, kind="stable")[:, :width]
        km[rows] = np.take_along_axis(found, index[rows], axis=1)
    return index, km


def coverage(zones: ArrayLike, outlets: ArrayLike, weights: ArrayLike, km: float) -> float:
    """Return the share of the weight of *zones* that lies within *km* of an outlet, from 0 to 1.

    Zones and outlets are rows of latitude and longitude in degrees, *weights* one number per zone (customers, devices).
    Distances are great circles: divide a road limit by `ROAD_CIRCUITY`. A zone exactly at the limit is covered, and
    without outlets nothing is. Raises ModelError when the weights do not fit the zones, are negative or sum to 0.
    """
    points, weight = _points(zones), np.asarray(weights, dtype=np.float64)
    if weight.shape != (len(points),):
        raise ModelError(f"{len(points)} zones have weights of shape {weight.shape} · give one weight per zone")
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise ModelError("weights must be finite, not negative, and sum to more than 0 · correct the weights")
    if not len(_points(outlets)):
        return 0.0
    reached = nearest(points, outlets)[1][:, 0] <= km
    return float(weight[reached].sum() / weight.sum())


def _points(points: ArrayLike) -> NDArray[np.float64]:
    """Return points as an array of rows (latitude, longitude)."""
    array = np.asarray(points, dtype=np.float64)
    if not array.size:
        return np.empty((0, 2), dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ModelError(f"points have the shape {array.shape} · give rows of latitude and longitude in degrees")
    return array


def _degrees(values: ArrayLike, what: str, limit: int) -> NDArray[np.float64]:
    """Return angles as an array, refused where one lies beyond the limit."""
    array = np.asarray(values, dtype=np.float64)
    wrong = ~(np.abs(array) <= limit)  # also true for a missing number
    if wrong.any():
        first = array[wrong].flat[0]
        raise ModelError(f"{what} {first:g} is not within ±{limit}° · give degrees, latitude before longitude")
    return array


# --- places -----------------------------------------------------------------------------------------------------------


def cities(country: str, above: float = 100_000) -> pd.DataFrame:
    """Return the cities of a country (ISO 3166 code, such as ``MX``) with more than *above* inhabitants, largest first.

    Columns: geonameid, name, ascii, country, admin1 (GeoNames code), province (name in `provinces`), lat, lon
    [degrees], population, timezone. The table holds cities above 15,000 inhabitants. Their populations do not add up to
    the country's (32 % of Indonesia's, 72 % of Mexico's) and may overlap, as a borough is counted in its city too:
    apportion a national figure to them. Raises ModelError for a country without cities. Source: GeoNames, CC BY 4.0.
    """
    table = _all_cities()
    if country not in set(table["country"]):
        raise _no_country(country, set(table["country"]))
    return table[(table["country"] == country) & (table["population"] > above)].reset_index(drop=True)


@lru_cache(maxsize=1)
def _all_cities() -> pd.DataFrame:
    """Return the whole table, in the order of the file: by country and falling population."""
    import pandas as pd

    text = {"name": str, "ascii": str, "country": str, "admin1": str, "province": str, "timezone": str}
    # NA is Namibia, not a missing value.
    return pd.read_csv(geo_path("cities.csv.gz"), dtype=text, keep_default_na=False)


def borders(countries: list[str] | None = None, *, file: Path | None = None) -> gpd.GeoDataFrame:
    """Return the outlines of countries (ISO 3166 codes; all without *countries*): iso, name, geometry in WGS 84.

    Territories without a code have the iso ``-99``. *file* takes the place of the outlines shipped: a map in
    any format that GDAL reads, with these columns. Raises ModelError for an unknown code or a wrong file.
    """
    return _outlines("countries.fgb.zip", countries, file)


def provinces(country: str, *, file: Path | None = None) -> gpd.GeoDataFrame:
    """Return the first-order units (states, provinces) of a country: iso, name, code (FIPS 10-4), geometry in WGS 84.

    The vintage is that of Natural Earth 4.1 (2018): Indonesia has 33 units, today 38. *file* takes the place of the
    units shipped, with the columns iso, name, geometry. Raises ModelError for an unknown code or a wrong file.
    """
    return _outlines("provinces.fgb.zip", [country], file)


def disputed() -> gpd.GeoDataFrame:
    """Return the disputed border lines, to be drawn dashed: name (whose claim), left, right, geometry in WGS 84."""
    import geopandas as gpd

    return gpd.read_file(f"/vsizip/{geo_path('disputed.fgb.zip')}/disputed.fgb")


def _outlines(shipped: str, countries: list[str] | None, file: Path | None) -> gpd.GeoDataFrame:
    """Return the rows of the countries asked for, by code and name."""
    import geopandas as gpd

    if file is None:
        layer = gpd.read_file(f"/vsizip/{geo_path(shipped)}/{shipped.removesuffix('.zip')}")
    elif not file.is_file():
        raise ModelError(f"no file `{file}` · give the path of a map, or none for the borders shipped")
    else:
        layer = gpd.read_file(file)
        if missing := {"iso", "name", "geometry"} - set(layer.columns):
            raise ModelError(f"`{file}` has no column {', '.join(sorted(missing))} · a map needs iso, name, geometry")
    if countries is not None:
        for code in countries:
            if code not in set(layer["iso"]):
                raise _no_country(code, set(layer["iso"]))
        layer = layer[layer["iso"].isin(countries)]
    return layer.sort_values(["iso", "name"], kind="stable").reset_index(drop=True)


def _no_country(code: str, known: set[str]) -> ModelError:
    """Return the error for a country code that the data does not hold."""
    remedy = did_you_mean(code.upper(), known) or "give a code of two capital letters, such as `MX`"
    return ModelError(f"no country `{code}` in the map data · {remedy}")
