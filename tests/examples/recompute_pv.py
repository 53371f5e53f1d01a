"""The photovoltaic module recomputed by hand (see :mod:`tests.examples.recompute`)."""

from __future__ import annotations

from tests.examples.inventories import premise, uslci
from tests.examples.recompute import (
    GRID,
    aluminium_ingot,
    copper_cathode,
    extrusion,
    factor,
    heat,
    hydrogen_fluoride,
    nitrogen,
    rail,
    road,
    steam,
    waste_water,
    water,
)

R134A = 1530.0  # GWP100 of AR6


def pv_module() -> float:
    """Per m²."""
    return _panel() + 0.940212 * _cell()


def _panel() -> float:
    name = "photovoltaic panel production, single-crystalline silicon, perc"

    def amount(product: str) -> float:
        return premise(name, product)

    datasets = {
        "solar glass, low-iron": "ADEME-BC23.6:24263",
        "diode, glass-, for through-hole mounting": "DEFRA2025:19_503_5084_15_1",
        "ethylvinylacetate, foil": "PVICE:encapsulant",
        "polyethylene terephthalate, granulate, amorphous": "ADEME-BC23.6:20832",
        "polyvinyl fluoride film": "PVICE:backsheet",
        "glass fibre reinforced plastic, polyamide, injection moulded": "ADEME-BC23.6:20844",
        "silicone product": "ADEME-BC23.6:24253",
        "tin": "ADEME-BC23.6:20533",
        "polyethylene, high density, granulate": "ADEME-BC23.6:20830",
        "corrugated board box": "DEFRA2025:19_506_5156_15_1",
        "1-propanol": "ADEME-BC23.6:20852",
        "isopropanol": "ADEME-BC23.6:20852",
        "potassium hydroxide": "ADEME-BC23.6:20667",
    }
    return (
        sum(amount(product) * factor(dataset) for product, dataset in datasets.items())
        + amount("aluminium alloy, AlMg3") * aluminium_ingot(fluoride=False)
        + amount("copper, cathode") * copper_cathode()
        + amount("wire drawing, copper") * extrusion()
        + amount("EUR-flat pallet") * 25 * factor("DEFRA2025:19_500_5048_15_1")
        + amount("hydrogen fluoride") * hydrogen_fluoride()
        + road(amount("transport, freight, lorry, diesel, unspecified"))
        + rail(amount("transport, freight, train, fleet average"))
        + GRID * amount("electricity, medium voltage")
        + amount("Carbon dioxide, fossil")
        + water(amount("tap water") / 1000)
        + waste_water(amount("wastewater, average"))
    )


def _cell() -> float:
    name = "photovoltaic cell production, single-crystalline silicon, perc"
    paste = "metallization paste production, front side, photovoltaic supply chain"

    def amount(product: str) -> float:
        return premise(name, product)

    return (
        amount("single-crystalline silicon wafer, photovoltaics, perc") * _wafer()
        + amount("metallization paste, back side, aluminium") * aluminium_ingot(fluoride=False)
        + amount("ammonia, anhydrous, liquid") * 14.007 / 17.031 * factor("ADEME-BC23.6:20854")
        + amount("phosphorus oxychloride") * factor("ADEME-BC23.6:20568")
        + amount("isopropanol") * factor("ADEME-BC23.6:20852")
        + amount("hydrogen fluoride") * hydrogen_fluoride()
        + 2 * amount("sodium hydroxide, without water, in 50% solution state") * factor("ADEME-BC23.6:20847")
        + amount("nitrogen, liquid") * nitrogen()
        + GRID * amount("electricity, medium voltage")
        + heat("natural-gas", amount("heat, district or industrial, natural gas"))
        + water(amount("tap water") / 1000)
        + road(amount("transport, freight, lorry, diesel, unspecified"))
        + amount("Carbon dioxide, fossil")
        + waste_water(amount("wastewater from PV cell production"))
        + amount("metallization paste, front side") * premise(paste, "silver") * 196
        + amount("silane") * _silane()
        + R134A * amount("1,1,1,2-Tetrafluoroethane")
    )


def _silane() -> float:
    name = "silane production"
    return (
        premise(name, "silicon, metallurgical grade") * _metallurgical_silicon()
        + premise(name, "hydrated lime, packed") * 56.077 / 74.092 * factor("USLCI2017:9c0c2415:c34c4451")
        + heat("natural-gas", premise(name, "heat, district or industrial, natural gas"))
        + GRID * premise(name, "electricity, medium voltage")
        + premise(name, "silicon tetrachloride") * factor("ADEME-BC23.6:20568")
        + premise(name, "hydrogen, liquid") * factor("ADEME-BC23.6:28294")
        + premise(name, "nitrogen, liquid") * nitrogen()
    )


def _coke() -> float:
    name = "Metallurgical coke, at plant"
    return (
        uslci(name, "Bituminous coal, at mine") * factor("USLCI2017:317adcbc:55b4aeab")
        + GRID * uslci(name, "Electricity, at grid, US, 2000")
        + uslci(name, "Carbon dioxide, fossil")
    )


def _wafer() -> float:
    name = "single-crystalline silicon wafer production, photovoltaics, perc"
    chemicals = (
        "chemical, inorganic",
        "acetic acid, without water, in 98% solution state",
        "hydrogen peroxide, without water, in 50% solution state",
        "propylene glycol, liquid",
    )
    return (
        premise(name, "single-crystalline silicon brick, photovoltaic, czochralski process") * _brick()
        + premise(name, "nickel, class 1") * factor("ADEME-BC23.6:20533")
        + premise(name, "acrylonitrile-butadiene-styrene copolymer") * factor("ADEME-BC23.6:20836")
        + waste_water(premise(name, "wastewater from wafer fabrication"))
        + sum(premise(name, product) for product in chemicals) * factor("ADEME-BC23.6:20568")
        + GRID * premise(name, "electricity, medium voltage")
        + water(premise(name, "tap water") / 1000)
        + road(premise(name, "transport, freight, lorry, diesel, unspecified"))
    )


def _brick() -> float:
    name = "single-crystalline silicon brick production, photovoltaic, czochralski process"
    ingot = premise(name, "single-crystalline silicon ingot, photovoltaic, czochralski process")
    return (
        ingot * _ingot()
        + GRID * premise(name, "electricity, medium voltage")
        + water(premise(name, "tap water") / 1000)
        + waste_water(premise(name, "wastewater, average"))
    )


def _ingot() -> float:
    name = "single-crystalline silicon ingot production, photovoltaic, czochralski process"
    again = "silicon production, solar grade, recycled"
    recycled = (
        premise(again, "ethanol, without water, in 99.7% solution state, from fermentation")
        * factor("ADEME-BC23.6:20852")
        + water(premise(again, "tap water") / 1000)
        + waste_water(premise(again, "wastewater, average"))
        + GRID * premise(again, "electricity, medium voltage")
        + premise(again, "chemical, inorganic") * factor("ADEME-BC23.6:20568")
    )
    return (
        premise(name, "silicon, solar grade, for photovoltaics") * _polysilicon()
        + premise(name, "silicon, solar grade, recycled") * recycled
        + premise(name, "argon, liquid") * nitrogen()
        + GRID * premise(name, "electricity, medium voltage")
        + water(premise(name, "tap water") / 1000)
        + waste_water(premise(name, "wastewater, average"))
        + premise(name, "ceramic tile") * factor("DEFRA2025:19_500_5016_15_1")
        + road(premise(name, "transport, freight, lorry, diesel, unspecified"))
    )


def _polysilicon() -> float:
    name = "silicon production, solar grade, modified siemens process, photovoltaic supply chain"
    return (
        premise(name, "silicon, metallurgical grade") * _metallurgical_silicon()
        + premise(name, "hydrochloric acid, without water, in 30% solution state") * factor("ADEME-BC23.6:20851")
        + 2 * premise(name, "sodium hydroxide, without water, in 50% solution state") * factor("ADEME-BC23.6:20847")
        + premise(name, "sodium chloride, powder") * factor("USLCI2017:5dacfb93:c28f9211")
        + premise(name, "nitrogen, liquid") * nitrogen()
        + water(premise(name, "water, deionised") / 1000)
        + waste_water(premise(name, "wastewater, average"))
        + premise(name, "steam, in chemical industry") * steam()
        + GRID * premise(name, "electricity, medium voltage")
        + heat("natural-gas", premise(name, "heat, district or industrial, natural gas"))
        + premise(name, "polyethylene, high density, granulate") * factor("ADEME-BC23.6:20830")
        + premise(name, "corrugated board box") * factor("DEFRA2025:19_506_5156_15_1")
        + road(premise(name, "transport, freight, lorry, diesel, unspecified"))
        + rail(premise(name, "transport, freight, train, fleet average"))
    )


def _metallurgical_silicon() -> float:
    name = "silicon production, metallurgical grade, photovoltaic supply chain"
    return (
        GRID * premise(name, "electricity, medium voltage")
        + premise(name, "coke") / 28.447 * _coke()
        + (premise(name, "petroleum coke") + premise(name, "graphite")) * factor("USLCI2017:dc72e285:4f1bfabb")
        + premise(name, "charcoal") * factor("DEFRA2025:19_500_5048_15_1")
        + premise(name, "silica sand") * factor("DEFRA2025:19_500_5000_15_1")
        + premise(name, "Carbon dioxide, fossil")  # the biogenic CO2 was taken up before: its sum is nought
    )
