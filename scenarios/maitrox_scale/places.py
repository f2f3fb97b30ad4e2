"""Where the network of the benchmark stands: countries, regions, factories, and outlets spread over real cities."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

from netsim.network.geography import cities

__all__ = [
    "COUNTRIES",
    "FACTORIES",
    "REGIONS",
    "Country",
    "Factory",
    "Outlet",
    "Region",
    "city",
    "spread_outlets",
    "time_zone",
]

K = TypeVar("K")

CITY_ABOVE = 50_000
"""Inhabitants of the smallest city that can get an outlet."""
VOLUME_CV, VOLUME_FLOOR = 1.2, 5.0
"""Orders a month by outlet: lognormal with this CV, none below the floor."""
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Country:
    """A country's profile: ISO code, name, how hard its border is, VAT in per cent, and what differs from the rest."""

    code: str
    name: str
    border: str
    vat: float
    duty: float = 0.0
    recoverable: bool = True
    bloc: str = ""
    weekend: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A warehouse region: the warehouse's name, its country and city, and the countries that it serves."""

    name: str
    country: str
    city: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Factory:
    """A repair factory: its name, country and city, and the regions whose cores it repairs."""

    name: str
    country: str
    city: str
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet with the catchment around it: *volume* is its mean orders a month."""

    name: str
    label: str
    country: str
    lat: float
    lon: float
    city_inhabitants: int
    volume: float
    provider: str


# Code, name, border class, VAT [%], duty on parts [%], then marks: n = VAT not recovered, eu = in the union,
# fri = closed on Fridays instead of Sundays.
_COUNTRIES = """
CN China                medium 13 0 ; HK Hong Kong        easy   0 0 ; JP Japan          easy  10 0 ; KR South Korea  easy 10 0
SG Singapore            easy    9 0 ; MY Malaysia         medium 10 0 n; AU Australia    easy  10 0 ; NZ New Zealand  easy 15 0
ID Indonesia            hard   11 0 ; TH Thailand         medium  7 0 ; VN Vietnam       medium 10 0 ; KH Cambodia    hard 10 5
PH Philippines          hard   12 0 ; MM Myanmar          hard    5 5 n; IN India        medium 18 0 ; LK Sri Lanka   hard 18 5
NP Nepal                hard   13 5 n; BD Bangladesh      hard   15 5 fri; AE United Arab Emirates easy 5 0 ; SA Saudi Arabia medium 15 0 fri
KW Kuwait               medium  0 0 fri; QA Qatar         medium  0 0 fri; OM Oman       medium  5 0 fri; IQ Iraq     hard 0 5 fri
JO Jordan               medium 16 0 fri; PK Pakistan      hard   18 5 ; TR Turkiye       medium 20 0 ; EG Egypt       hard 14 0 fri
KZ Kazakhstan           medium 12 0 ; UZ Uzbekistan       hard   12 5 n; NG Nigeria      hard  7.5 5 n; GH Ghana      hard 15 5
KE Kenya                hard   16 5 ; TZ Tanzania         hard   18 5 ; UG Uganda        hard   18 5 ; ET Ethiopia    hard 15 5 n
ZA South Africa         medium 15 0 ; MA Morocco          medium 20 0 ; DZ Algeria       hard   19 5 fri; NL Netherlands easy 21 0 eu
BE Belgium              easy   21 0 eu; GB United Kingdom easy   20 0 ; FR France        easy   20 0 eu; DE Germany   easy 19 0 eu
SE Sweden               easy   25 0 eu; PL Poland         easy   23 0 eu; HU Hungary     easy   27 0 eu; RO Romania   easy 19 0 eu
GR Greece               easy   24 0 eu; ES Spain          easy   21 0 eu; PT Portugal    easy   23 0 eu; IT Italy     easy 22 0 eu
US United States        easy    0 0 ; CA Canada           easy    5 0 ; MX Mexico        medium 16 0 ; GT Guatemala   medium 12 0
CO Colombia             medium 19 0 ; EC Ecuador          hard   15 5 ; PE Peru          medium 18 0 ; VE Venezuela   hard 16 5 n
BO Bolivia              hard   13 5 n; BR Brazil          hard   17 8 ; AR Argentina     hard   21 8 ; CL Chile       medium 19 0
"""  # noqa: E501 - a table


def _countries() -> dict[str, Country]:
    found = {}
    for entry in re.split(r"[;\n]", _COUNTRIES.strip()):
        match = re.fullmatch(r"\s*(\w\w) (.+?)\s+(easy|medium|hard)\s+([\d.]+) (\d+)\s*(n|eu|fri)?\s*", entry)
        assert match, entry
        code, name, border, vat, duty, mark = match.groups()
        found[code] = Country(
            code, name, border, float(vat), float(duty), mark != "n", "EU" * (mark == "eu"), "fri" * (mark == "fri")
        )
    return found


COUNTRIES = _countries()

REGIONS = tuple(
    Region(name, country, place, tuple(members.split()))
    for name, country, place, members in (
        ("guangzhou-warehouse", "CN", "Guangzhou", "CN HK"),
        ("osaka-warehouse", "JP", "Osaka", "JP KR"),
        ("singapore-warehouse", "SG", "Singapore", "SG MY AU NZ"),
        ("jakarta-warehouse", "ID", "Jakarta", "ID"),
        ("bangkok-warehouse", "TH", "Bangkok", "TH VN KH PH MM"),
        ("mumbai-warehouse", "IN", "Mumbai", "IN LK NP BD"),
        ("dubai-warehouse", "AE", "Dubai", "AE SA KW QA OM IQ JO PK KZ UZ"),
        ("istanbul-warehouse", "TR", "Istanbul", "TR EG"),
        ("lagos-warehouse", "NG", "Lagos", "NG GH"),
        ("nairobi-warehouse", "KE", "Nairobi", "KE TZ UG ET ZA"),
        ("casablanca-warehouse", "MA", "Casablanca", "MA DZ"),
        ("venlo-warehouse", "NL", "Venlo", "NL BE GB FR"),
        ("wroclaw-warehouse", "PL", "Wroclaw", "PL DE SE HU RO GR"),
        ("madrid-warehouse", "ES", "Madrid", "ES PT IT"),
        ("dallas-warehouse", "US", "Dallas", "US CA"),
        ("mexico-city-warehouse", "MX", "Mexico City", "MX GT CO"),
        ("sao-paulo-warehouse", "BR", "Sao Paulo", "BR AR CL PE EC VE BO"),
    )
)

FACTORIES = tuple(
    Factory(name, country, place, tuple(f"{region}-warehouse" for region in regions.split()))
    for name, country, place, regions in (
        ("shenzhen-factory", "CN", "Shenzhen", "guangzhou"),
        ("johor-factory", "MY", "Johor Bahru", "osaka singapore"),
        ("saigon-factory", "VN", "Ho Chi Minh City", "jakarta bangkok"),
        ("chennai-factory", "IN", "Chennai", "mumbai"),
        ("dubai-factory", "AE", "Dubai", "dubai"),
        ("johannesburg-factory", "ZA", "Johannesburg", "nairobi lagos"),
        ("wroclaw-factory", "PL", "Wroclaw", "wroclaw istanbul"),
        ("zaragoza-factory", "ES", "Zaragoza", "venlo madrid casablanca"),
        ("monterrey-factory", "MX", "Monterrey", "dallas mexico-city"),
        ("campinas-factory", "BR", "Campinas", "sao-paulo"),
    )
)


def city(country: str, name: str) -> tuple[float, float]:
    """Return latitude and longitude of a city by its name in plain letters."""
    table = cities(country, above=0)
    row = table[table["ascii"] == name].iloc[0]
    return float(row["lat"]), float(row["lon"])


def time_zone(country: str) -> str:
    """Return the time zone of the country's largest city."""
    return str(cities(country, above=0).iloc[0]["timezone"])


def spread_outlets(countries: tuple[str, ...], *, outlets: int, providers: int, mean_volume: float) -> list[Outlet]:
    """Return the outlets, in order of country and city.

    A country's outlets go with the square root of the inhabitants of its cities, so that the largest countries do not
    take nearly all; within a country they go to the cities by inhabitants. Those of one city lie on a spiral, about
    4 km apart. Providers are spread over countries as outlets are, at least one each, and share a country's outlets by
    Zipf's law; where they are fewer than the countries, they share all outlets so.
    """
    tables = {code: cities(code, above=CITY_ABOVE) for code in countries}
    roots = {code: math.sqrt(float(table["population"].sum())) for code, table in tables.items()}
    counts = _divide(outlets, roots, least=3)
    shared = _by_zipf(outlets, providers, "provider") if providers < len(countries) else []
    crews = {} if shared else _divide(providers, roots, least=1)
    volumes = _volumes(outlets, mean_volume)
    found: list[Outlet] = []
    used: Counter[str] = Counter()
    for code in countries:
        # A provider's outlets lie all over the country's cities.
        staff = _by_zipf(counts[code], crews[code], code.lower()) if crews else shared[len(found) :][: counts[code]]
        turns = sorted(range(counts[code]), key=lambda i: ((i + 1) * GOLDEN) % 1.0)
        provider = dict(zip(turns, staff, strict=True))
        places = list(tables[code].itertuples(index=False))
        by_city = _divide(counts[code], {i: float(place.population) for i, place in enumerate(places)}, least=0)
        first = len(found)
        for number, place in enumerate(places):
            slug = f"{code.lower()}-" + re.sub(r"[^a-z0-9]+", "-", place.ascii.lower()).strip("-")
            for turn in range(by_city[number]):
                used[slug] += 1
                lat, lon = _on_spiral(place.lat, place.lon, turn)
                label = place.name if turn == 0 else f"{place.name} {turn + 1}"
                inhabitants, row = int(place.population) // by_city[number], len(found)
                found.append(
                    Outlet(
                        f"{slug}-{used[slug]}", label, code, lat, lon, inhabitants, volumes[row], provider[row - first]
                    )
                )
    return found


def _by_zipf(outlets: int, providers: int, name: str) -> list[str]:
    """Return the provider of each outlet: the k-th has 1/k of what the first has, and at least one."""
    share = _divide(outlets, {i: 1 / i for i in range(1, providers + 1)}, least=1)
    return [f"{name}-{number}" for number, count in share.items() for _ in range(count)]


def _divide(total: int, weights: dict[K, float], *, least: int) -> dict[K, int]:
    """Return *total* units divided by *weights*, each at least *least*: the method of Sainte-Laguë, ties in order."""
    given = dict.fromkeys(weights, least)
    queue = [(-(weight / (2 * least + 1)), i, key) for i, (key, weight) in enumerate(weights.items())]
    heapq.heapify(queue)
    for _ in range(total - least * len(weights)):
        _, i, key = heapq.heappop(queue)
        given[key] += 1
        heapq.heappush(queue, (-(weights[key] / (2 * given[key] + 1)), i, key))
    return given


def _volumes(outlets: int, mean: float) -> list[float]:
    """Return the quantiles of the lognormal law with the floor, in an order that spreads them evenly over any run."""
    sigma = math.sqrt(math.log(1 + VOLUME_CV**2))
    normal = NormalDist()
    raw = [
        max(mean * math.exp(sigma * normal.inv_cdf((i + 0.5) / outlets) - sigma**2 / 2), VOLUME_FLOOR)
        for i in range(outlets)
    ]
    surplus = sum(raw) - mean * outlets
    above = sum(volume - VOLUME_FLOOR for volume in raw)
    raw = [volume - surplus * (volume - VOLUME_FLOOR) / above for volume in raw]
    rank = sorted(range(outlets), key=lambda i: ((i + 1) * GOLDEN) % 1.0)
    volumes = [0.0] * outlets
    for quantile, place in enumerate(rank):
        volumes[place] = raw[quantile]
    return volumes


def _on_spiral(lat: float, lon: float, turn: int) -> tuple[float, float]:
    radius, angle = 2.5 * math.sqrt(turn), turn * 2 * math.pi * GOLDEN
    north, east = radius * math.cos(angle) / 111.2, radius * math.sin(angle) / (111.2 * math.cos(math.radians(lat)))
    return round(lat + north, 4), round(lon + east, 4)
