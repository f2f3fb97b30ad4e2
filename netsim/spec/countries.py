"""What a country is to a service network: its clock, its taxes, its border and its wages."""

from __future__ import annotations

from pydantic import Field

from netsim.distributions import Distribution
from netsim.spec.records import DistributionValue, Duration, Fraction, Money, MoneyPerHour, Record

__all__ = ["Country"]


class Country(Record):
    """A country profile; every rate is an input that the user must check before a real decision."""

    label: str = Field("", description="name to print")
    time_zone: str = Field(
        "UTC", description="IANA time zone; shifts, departures and reviews are local, daylight saving included"
    )
    holidays: str = Field("", description="ISO country code whose public holidays close its nodes; empty: none")
    bloc: str = Field("", description="customs union; no customs between two countries of one bloc")
    vat: Fraction = Field(0.0, description="value-added tax on imports, on customs value plus duty")
    vat_recoverable: bool = Field(
        True, description="whether the importer gets import VAT back (a receivable, not a cost)"
    )
    vat_lag: Duration = Field(0, description="time from paying import VAT to getting it back; 0: postponed accounting")
    duty: dict[str, Fraction] = Field(
        default_factory=dict, description="duty rate by the duty class of the goods; a class not named pays none"
    )
    other_tax: Fraction = Field(
        0.0, description="other import tax or processing fee, on customs value plus duty; never recovered"
    )
    clearance: DistributionValue = Field(
        Distribution.fixed(0.0), description="time from the border to release, without a hold"
    )
    hold: Fraction = Field(0.0, description="probability that a consignment is held for inspection")
    hold_time: DistributionValue = Field(Distribution.fixed(0.0), description="extra time of a held consignment")
    brokerage: Money = Field(0.0, description="customs broker's fee per entry")
    wage: MoneyPerHour = Field(0.0, description="loaded wage of a technician")
