"""Prints zones.csv: every city of Mexico above 100,000 inhabitants, once, with its share of their population.

    python scenarios/launch_mexico/tables/make_zones.py > scenarios/launch_mexico/tables/zones.csv

Source: GeoNames (CC BY 4.0), read through netsim from data/geo.

Two rules keep people from being counted twice:

1. GeoNames lists Mexico City as a whole (12.3 million) and the boroughs and neighbourhoods of the Federal District
   beside it (code 09: Iztapalapa, Gustavo A. Madero, Colonia del Valle ...). Mexico City stays, the others go.
2. All other entries are localities or municipalities with people of their own and stay, also within a metropolitan
   area: Ecatepec or Nezahualcóyotl beside Mexico City, Zapopan beside Guadalajara, San Nicolás beside Monterrey.

GeoNames' figure for Mexico City is larger than what the census of 2020 counted in its 16 boroughs (9.2 million), so
it may hold parts of neighbouring municipalities already. Yet with its 20 listed neighbours within 50 km the capital
comes to 20.7 million here, and the census counted 21.8 million in the metropolitan area: its weight is not too large.
(Both census figures are general knowledge.) Chimalhuacán, about 0.7 million, is missing: GeoNames gives it 70,519.

The share apportions national sales to these cities in proportion to population: an assumption, as people elsewhere
buy too, and are taken to be spread like the people of the cities.
"""

from __future__ import annotations

import csv
import re
import sys

from netsim.network.geography import cities

FEDERAL_DISTRICT, MEXICO_CITY = "09", 3530597  # GeoNames: first-order code, identifier
STATES = [  # as in ISO 3166-2:MX, in the order of GeoNames' codes 01 to 32; only cities of one name need them
    *("agu", "bcn", "bcs", "cam", "chp", "chh", "coa", "col", "cmx", "dur", "gua", "gro", "hid", "jal", "mex", "mic"),
    *("mor", "nay", "nle", "oax", "pue", "que", "roo", "slp", "sin", "son", "tab", "tam", "tla", "ver", "yuc", "zac"),
]
CODES = {f"{number:02d}": state for number, state in enumerate(STATES, start=1)}


def main() -> None:
    """Print the table."""
    places = cities("MX", above=100_000)
    places = places[(places["admin1"] != FEDERAL_DISTRICT) | (places["geonameid"] == MEXICO_CITY)]
    slugs = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in places["ascii"]]
    total = int(places["population"].sum())
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["name", "label", "lat", "lon", "country", "population", "share [%]"])
    for slug, place in zip(slugs, places.itertuples(index=False), strict=True):
        name = slug if slugs.count(slug) == 1 else f"{slug}-{CODES[place.admin1]}"
        share = f"{100 * place.population / total:.4f}"
        table.writerow([name, place.name, place.lat, place.lon, place.country, place.population, share])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # redirected, Windows would write another code page
    main()
