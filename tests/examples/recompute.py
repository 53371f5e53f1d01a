"""The examples recomputed by hand: plain arithmetic on the published inventories, nothing of the engine, no study file.

Every function returns kg CO2e for what its name says. GWP100 of AR6 (IPCC 2021, WG1, table 7.SM.7).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.examples.inventories import case, factors, premise, tiangong, uslci

CH4, N2O, CF4, C2F6 = 29.8, 273.0, 7380.0, 12400.0
GRID = 0.6205  # kg CO2e/kWh, China 2023, footprint factor
NCV_COAL = 19.57  # MJ/kg, bituminous coal
YIELD = 0.95
TRUCK, TRAIN = "ADEME-BC23.6:43643", "ADEME-BC23.6:28158"


def factor(dataset: str) -> float:
    return factors()[dataset]


def burnt(fuel: str, amount: float) -> float:
    """Combustion and upstream of a fuel per kg (solids, liquids) or Nm3 (gases)."""
    return amount * factor(f"fuel:{fuel}:combustion") + upstream(fuel, amount * factor(f"fuel:{fuel}:ncv"))


def heat(fuel: str, megajoules: float) -> float:
    """Combustion and upstream of a fuel given by its heat (net calorific value)."""
    return burnt(fuel, megajoules / factor(f"fuel:{fuel}:ncv"))


def upstream(fuel: str, megajoules: float) -> float:
    return megajoules / 3.6 * factor(f"fuel:{fuel}:upstream")


def road(tonne_km: float) -> float:
    return tonne_km * factor(TRUCK)


def water(cubic_metres: float) -> float:
    return cubic_metres * factor("DEFRA2025:17_404_4005_1_1")


def waste_water(cubic_metres: float) -> float:
    """Recipes write waste to treatment as a negative input."""
    return abs(cubic_metres) * factor("DEFRA2025:18_405_4006_1_1")


def rail(tonne_km: float) -> float:
    return tonne_km * factor(TRAIN)


# ── utilities and chemicals ─────────────────────────────────────────────────────────────────────────────────────────


@cache
def steam() -> float:
    return burnt("bituminous-coal", (2.7771 - 0.0839) / 0.83 / NCV_COAL)


@cache
def nitrogen() -> float:
    return GRID * uslci("Oxygen, liquid, at plant", "Electricity, at grid, US, 2008")


@cache
def fluorspar() -> float:
    name = "fluorspar production, 97%"
    return (
        GRID * premise(name, "electricity, medium voltage")
        + heat("fuel-oil", premise(name, "heat, district or industrial, other than natural gas"))
        + heat("natural-gas", premise(name, "heat, district or industrial, natural gas"))
    )


@cache
def hydrogen_fluoride() -> float:
    name = "hydrogen fluoride production, photovoltaic supply chain"
    return (
        GRID * premise(name, "electricity, medium voltage")
        + heat("natural-gas", premise(name, "heat, district or industrial, natural gas"))
        + premise(name, "fluorspar, 97%") * fluorspar()
        + premise(name, "sulfuric acid") * factor("ADEME-BC23.6:20850")
        + road(premise(name, "transport, freight, lorry, diesel, unspecified"))
        + rail(premise(name, "transport, freight, train, fleet average"))
    )


@cache
def quicklime() -> float:
    name = "Quicklime, at plant"
    return (
        uslci(name, "Limestone, at mine") * factor("USLCI2017:49e563d8:8fe57bef")
        + GRID * uslci(name, "Electricity, at grid, US, 2000")
        + burnt("bituminous-coal", uslci(name, "Bituminous coal, combusted in industrial boiler"))
        + burnt("natural-gas", uslci(name, "Natural gas, combusted in industrial boiler"))
        + road(uslci(name, "Transport, combination truck, diesel powered"))
        + rail(uslci(name, "Transport, train, diesel powered"))
        + uslci(name, "Transport, barge, average fuel mix") * factor("USLCI2017:099c3d09:4069483a")
        + uslci(name, "Carbon dioxide")
    )


@cache
def chlor_alkali() -> float:
    """Per kg of chlorine or soda: shared by mass, so the same for both (0.48 + 0.52 = 1.00 kg)."""
    name = "Chlorine, production mix, at plant"
    total = (
        GRID
        * (
            uslci(name, "Electricity, at grid, US, 2008")
            + uslci(name, "Electricity, at cogen, for natural gas turbine")
        )
        + burnt("natural-gas", uslci(name, "Natural gas, combusted in industrial boiler"))
        + burnt("bituminous-coal", uslci(name, "Bituminous coal, combusted in industrial boiler"))
        + burnt("fuel-oil", uslci(name, "Residual fuel oil, combusted in industrial boiler") * 0.96)
        + rail(uslci(name, "Transport, train, diesel powered"))
        + uslci(name, "Transport, barge, average fuel mix") * factor("USLCI2017:099c3d09:4069483a")
        + uslci(name, "Transport, pipeline, unspecified petroleum products") * factor("USLCI2017:0855376f:acbe5bc4")
        + uslci(name, "Carbon dioxide, fossil")
        + uslci(name, "Sodium chloride, at plant") * factor("USLCI2017:5dacfb93:c28f9211")
    )
    products = uslci(name, name) + uslci(name, "Sodium hydroxide, production mix, at plant")
    return total / products


@cache
def ammonia() -> float:
    name = "ammonia production, hydrogen from coal gasification"
    return (
        premise(name, "hydrogen, gaseous, low pressure") * factor("ADEME-BC23.6:28294")
        + GRID * premise(name, "electricity, high voltage")
        + premise(name, "nitrogen, liquid") * nitrogen()
    )


def solvent_energy() -> float:
    name = "vinyl carbonate"
    return GRID * premise(name, "electricity, medium voltage") + heat(
        "natural-gas", premise(name, "heat, district or industrial, natural gas")
    )


@cache
def hydrogen_peroxide() -> float:
    return 2.016 / 34.014 / YIELD * factor("ADEME-BC23.6:28294") + solvent_energy()


@cache
def carbon_monoxide() -> float:
    name = "Carbon monoxide, at plant"
    return (
        uslci(name, "Carbon dioxide, fossil")
        + CH4 * (uslci(name, "Methane, fossil") + uslci(name, "Methane"))
        + N2O * uslci(name, "Dinitrogen monoxide")
    )


# ── metals ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def carbon_anode() -> float:
    """Per kg. The source's amounts are per tonne; coke and pitch that do not stay in the anode burn as carbon."""
    coke, pitch = tiangong("56634f35", "Petroleum Coke"), tiangong("56634f35", "coal tar")
    total = (
        GRID * tiangong("56634f35", "electricity, high voltage, aluminium industry") / 3.6
        + coke * factor("USLCI2017:dc72e285:4f1bfabb")
        + pitch * factor("USLCI2017:dc72e285:30a64e63")
        + burnt("fuel-oil", tiangong("56634f35", "heavy fuel oil"))
        + burnt("producer-gas", tiangong("56634f35", "coal gas"))
        + (coke + pitch - 1000) * 44.009 / 12.011
    )
    return total / 1000


def aluminium_fluoride() -> float:
    return (60.018 * hydrogen_fluoride() + 50.98 * factor("USLCI2017:91beb684:46e66bb8")) / 83.976 / YIELD


def perfluorocarbons() -> float:
    """kg CO2e per tonne of liquid metal by the slope method: 0.143 × 0.23776 min, C2F6 = 0.121 CF4."""
    cf4 = 0.143 * 0.23776
    return cf4 * CF4 + cf4 * 0.121 * C2F6


def liquid_aluminium(*, fluoride: bool) -> float:
    """Per tonne."""
    total = (
        GRID * tiangong("ba369c6d", "Integrated AC power consumption") / 3.6
        + tiangong("ba369c6d", "aluminium oxide, metallurgical") * factor("USLCI2017:91beb684:46e66bb8")
        + tiangong("ba369c6d", "anode, prebake, for aluminium electrolysis") * (carbon_anode() + 44.009 / 12.011)
        + perfluorocarbons()
    )
    return total + (tiangong("ba369c6d", "fluoride salt") * aluminium_fluoride() if fluoride else 0.0)


def aluminium_ingot(*, fluoride: bool = True) -> float:
    """Per kg."""
    return liquid_aluminium(fluoride=fluoride) * tiangong("5c7c9fbc", "aluminium, primary, liquid") / 1000 / 1000


def extrusion() -> float:
    """Per kg. The source's CO2 holds its electricity and is not taken."""
    return (
        GRID * tiangong("2af0ce82", "electricity, high voltage, aluminium industry") / 3.6
        + burnt("bituminous-coal", tiangong("2af0ce82", "hard coal;  26.3 MJ/kg"))
        + burnt("natural-gas", tiangong("2af0ce82", "Natural Gas"))
        + burnt("producer-gas", tiangong("2af0ce82", "coal gas"))
    ) / 1000


def copper_cathode() -> float:
    """Per kg."""
    co2, ch4, n2o = (
        tiangong("affec622", "carbon dioxide (fossil)"),
        tiangong("affec622", "methane (fossil)"),
        tiangong("affec622", "nitrous oxide"),
    )
    return (co2 + CH4 * ch4 + N2O * n2o) / 1000


# ── graphite and lithium ────────────────────────────────────────────────────────────────────────────────────────────


@cache
def graphite_concentrate() -> float:
    ore = "graphite ore mining"
    mined = (
        GRID * premise(ore, "electricity, medium voltage")
        + heat("diesel", premise(ore, "diesel, burned in building machine"))
        + premise(ore, "explosive, tovex") * 0.35 * factor("ADEME-BC23.6:34924")
        + premise(ore, "Carbon dioxide, fossil")
    )
    name = "natural graphite concentration"
    return (
        GRID * premise(name, "electricity, medium voltage")
        + heat("diesel", premise(name, "diesel, burned in building machine"))
        + upstream("bituminous-coal", premise(name, "hard coal") * NCV_COAL)
        + waste_water(premise(name, "wastewater, average"))
        + premise(name, "graphite ore, mined") * mined
        + water(premise(name, "tap water") / 1000)
        + road(premise(name, "transport, freight, lorry, unspecified"))
        + premise(name, "Carbon dioxide, fossil")
    )


@cache
def purified_graphite() -> float:
    ball = "natural graphite spheronization"
    spherical = (
        GRID * premise(ball, "electricity, medium voltage")
        + heat("diesel", premise(ball, "diesel, burned in building machine"))
        + premise(ball, "graphite ore, concentrated") * graphite_concentrate()
    )
    name = "graphite purification"
    return (
        GRID * premise(name, "electricity, medium voltage")
        + heat("diesel", premise(name, "diesel, burned in building machine"))
        + upstream("natural-gas", 1.05)  # 1050 MJ/t in the recipe's comment; its CO2 is a row of its own
        + premise(name, "hydrogen fluoride") * hydrogen_fluoride()
        + premise(name, "hydrochloric acid, without water, in 30% solution state") * factor("ADEME-BC23.6:20851")
        + premise(name, "nitric acid, without water, in 50% solution state") * factor("ADEME-BC23.6:20666")
        + premise(name, "lime") * quicklime()
        + water(premise(name, "tap water") / 1000)
        + waste_water(premise(name, "wastewater, average"))
        + premise(name, "graphite, spherical") * spherical
        + road(premise(name, "transport, freight, lorry, unspecified"))
        + premise(name, "Carbon dioxide, fossil")
    )


def lithium_carbonate() -> float:
    """Per kg, with 8 kg of concentrate per kg and carbon by stoichiometry."""
    amounts = case("bat-04")["inputs"]["Li2CO3_0.602kg"]
    total = (
        0.602 * 8 * graphite_concentrate()
        + burnt("bituminous-coal", amounts["coal_kg"])
        + amounts["steam_kg"] * steam()
        + (amounts["H2SO4_kg"] + amounts["fuming_H2SO4_kg"]) * factor("ADEME-BC23.6:20850")
        + amounts["limestone_kg"] * (factor("USLCI2017:49e563d8:8fe57bef") + 44.009 / 100.086)
        + amounts["NaOH_liq_kg"] * factor("ADEME-BC23.6:20847")
        + amounts["Na2CO3_kg"] * (factor("USLCI2017:4cb0c558:0f797f27") + 44.009 / 105.988)
        - 0.602 * 44.009 / 73.887
    )
    return total / 0.602


# ── LFP battery ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _gas(kilograms: float) -> float:
    return heat("natural-gas", kilograms * 48.0)


def cathode(per_kwh: dict[str, Any], inputs: dict[str, Any]) -> float:
    fp = inputs["FePO4_2.41kg"]
    iron_phosphate = (
        GRID * fp["electricity_kWh"]
        + fp["steam_kg"] * steam()
        + fp["iron_powder_kg"] * factor("ADEME-BC23.6:26729")
        + fp["H2SO4_kg"] * factor("ADEME-BC23.6:20850")
        + fp["H3PO4_kg"] * factor("ADEME-BC23.6:20848")
        + fp["NH3_solution_kg"] * 0.25 * ammonia()
        + fp["H2O2_kg"] * 0.30 * hydrogen_peroxide()
    ) / 2.41
    made = inputs["cathode"]
    lithium = made["Li2CO3_kg"]
    return (
        (
            made["FePO4_kg"] * iron_phosphate
            + lithium * lithium_carbonate()
            + lithium * 44.009 / 73.887
            # the glucose's carbon is taken up and set free again: its sum is nought
            + made["glucose_kg"] * factor("ADEME-BC23.6:41382")
            + made["N2_kg"] * nitrogen()
        )
        * per_kwh["cathode_material_kg"]
        / 2.41
    )


def anode(inputs: dict[str, Any]) -> float:
    made = inputs["anode_1.05kg"]
    lost = made["natural_graphite_kg"] + made["asphalt_kg"] - 1.05
    return (
        GRID * made["electricity_kWh"]
        + _gas(made["natural_gas_kg"])
        + made["natural_graphite_kg"] * purified_graphite()
        + made["asphalt_kg"] * factor("USLCI2017:dc72e285:30a64e63")
        + lost * 0.8844 * 44.009 / 12.011
    )


def lithium_hexafluorophosphate() -> float:
    name = "sodium hexafluorophosphate production"
    phosphorus = 2800 / 0.1229 * GRID / 1000
    pentachloride = (30.974 * phosphorus + 177.25 * chlor_alkali()) / 208.224 / YIELD
    fluoride = (73.887 * lithium_carbonate() + 40.012 * hydrogen_fluoride() + 44.009) / 51.876 / YIELD
    return (
        GRID * premise(name, "electricity, medium voltage")
        + premise(name, "hydrogen fluoride") * hydrogen_fluoride()
        + premise(name, "lime, hydrated, packed") * 56.077 / 74.092 * quicklime()
        + premise(name, "phosphorus pentachloride") * pentachloride
        + premise(name, "sodium fluoride", nth=0) * 25.938 / 41.988 * fluoride
        + waste_water(premise(name, "wastewater, average"))
        + premise(name, "nitrogen, liquid") * nitrogen()
        + road(premise(name, "transport, freight, lorry, unspecified"))
        + rail(premise(name, "transport, freight train"))
    )


def ethylene_carbonate() -> float:
    feeds = 44.053 * factor("USLCI2017:136cbdd8:4cba2656") + 44.009 * factor("ADEME-BC23.6:20583")
    return feeds / 88.062 / YIELD + solvent_energy() + 132.027 / 88.062 * (1 / YIELD - 1)


def electrolyte(inputs: dict[str, Any]) -> float:
    made = inputs["electrolyte_1.88kg"]
    salt = premise("Electrolyte, LFP", "lithium hexafluorophosphate")
    solvent = premise("Electrolyte, LFP", "ethylene carbonate")
    return (
        GRID * made["electricity_kWh"]
        + _gas(made["natural_gas_kg"])
        + made["steam_kg"] * steam()
        + made["N2_kg"] * nitrogen()
        + made["lye_kg"] * factor("ADEME-BC23.6:20847")
        + 1.88 * (salt * lithium_hexafluorophosphate() + solvent * ethylene_carbonate())
        + made["direct_CO2_g"] / 1000
    )


def nmp() -> float:
    feeds = (
        58.08 * factor("USLCI2017:fa3871c0:e3e36b0b")
        + 28.01 * carbon_monoxide()
        + 32.042 * factor("USLCI2017:1e5b1ac8:0a086de3")
        + 17.031 * ammonia()
    )
    return feeds / 99.133 / YIELD + solvent_energy() + 220.045 / 99.133 * (1 / YIELD - 1)


def lfp_battery() -> dict[str, float]:
    """Rows of the LFP battery per kWh of rated capacity."""
    inputs = case("bat-04")["inputs"]
    per_kwh = inputs["per_kWh_battery"]
    separator, copper = inputs["separator_28.2m2"], inputs["copper_foil_0.904kg"]
    foil, housing = inputs["aluminium_foil_0.602kg"], inputs["housing_1.75pcs"]
    names = (
        "cathode_material_kg",
        "anode_material_kg",
        "electrolyte_kg",
        "copper_foil_kg",
        "aluminium_foil_kg",
        "NMP_kg",
    )
    carried = sum(per_kwh[name] for name in names) + housing["aluminium_kg"]
    return {
        "r1": cathode(per_kwh, inputs),
        "r2": anode(inputs),
        "r3": electrolyte(inputs),
        "r4": GRID * separator["electricity_kWh"]
        + separator["PP_kg"] * factor("ADEME-BC23.6:20845")
        + separator["Al2O3_kg"] * factor("USLCI2017:91beb684:46e66bb8")
        + separator["acrylic_emulsion_kg"] * factor("ADEME-BC23.6:24255"),
        "r5": GRID * copper["electricity_kWh"]
        + copper["copper_kg"] * copper_cathode()
        + copper["H2SO4_kg"] * factor("ADEME-BC23.6:20850"),
        "r6": foil["electrolytic_aluminium_kg"] * aluminium_ingot()
        + foil["rolling_oil_g"] / 1000 * factor("USLCI2017:874dc726:5b187fd4"),
        "r7": GRID * housing["electricity_kWh"] + housing["aluminium_kg"] * aluminium_ingot(),
        "r8": per_kwh["NMP_kg"] * nmp(),
        "r9": road(carried / 1000 * 500),
        "m1": GRID * per_kwh["cell_electricity_kWh"],
        "m2": _gas(per_kwh["cell_natural_gas_kg"]),
    }


# ── the other products ──────────────────────────────────────────────────────────────────────────────────────────────


def cement_clinker() -> dict[str, float]:
    """Rows per tonne of clinker."""
    clinker = 1000 - tiangong("9d07fe87", "gypsum stone (CaSO4-dihydrate)")
    coal = tiangong("9d07fe87", "hard coal") / clinker * 1000
    chemistry = case("cn-05")
    aggregates = factor("DEFRA2025:19_500_5000_15_1")
    return {
        "r1": tiangong("9d07fe87", "limestone, crushed, for mill")
        / clinker
        * 1000
        * factor("USLCI2017:49e563d8:8fe57bef"),
        "r2": tiangong("9d07fe87", "clay") / clinker * 1000 * aggregates,
        "r3": tiangong("9d07fe87", "iron, powder") / clinker * 1000 * aggregates,
        "r4": road(coal / 1000 * 500),
        "m1": upstream("bituminous-coal", coal * 23.076),
        "m2": coal * 23.076 * 23.08 / 1000 * 0.99 * 44 / 12,
        "m3": chemistry["expected"]["tCO2_per_t_clinker"] * 1000,
        "m4": GRID * (tiangong("9d07fe87", "Electricity") / 3.6 - 26) / clinker * 1000,
    }


def electrolytic_aluminium() -> float:
    """Per tonne of ingot, with the alumina's transport."""
    alumina = tiangong("ba369c6d", "aluminium oxide, metallurgical")
    liquid = tiangong("5c7c9fbc", "aluminium, primary, liquid") / 1000
    return (liquid_aluminium(fluoride=True) + road(alumina / 1000 * 500)) * liquid


def caustic_soda() -> float:
    """Per tonne of NaOH 100 %: limit of GB 21257-2024 as electricity, salt by stoichiometry, shared by mass."""
    share = 79.994 / (79.994 + 70.90)
    salt = 1000 * 58.44 / 39.997 * share
    return GRID * 350 / 0.1229 * share + salt * factor("USLCI2017:5dacfb93:c28f9211") + road(salt / 1000 * 500)


def electric_bicycle() -> float:
    """Per piece."""
    frame, bike = "electric bicycle production, without battery and motor", "Bicycle, electric (<25 km/h)"
    scale = premise(bike, "electric bicycle, without battery and motor")

    def kg(product: str) -> float:
        return premise(frame, product) * scale

    # steel working is stood in for by extrusion
    worked = kg("metal working, average for steel product manufacturing") + kg("wire drawing, steel")
    worked += kg("chromium steel removed by turning, average, conventional") + kg("section bar extrusion, aluminium")
    battery = premise(bike, "electricity storage capacity") * premise(
        "market for battery capacity, Li-ion, LFP", "battery, Li-ion, LFP, rechargeable, prismatic"
    )
    return (
        (kg("steel, low-alloyed") + kg("steel, low-alloyed, hot rolled")) * factor("ADEME-BC23.6:26729")
        + kg("steel, chromium steel 18/8, hot rolled") * factor("USLCI2017:49f5324b:3f2fed05")
        + (kg("aluminium, wrought alloy") + kg("aluminium, cast alloy")) * aluminium_ingot(fluoride=False)
        + kg("polyethylene, high density, granulate") * factor("DEFRA2025:19_505_5132_15_1")
        + kg("synthetic rubber") * factor("DEFRA2025:19_500_5044_15_1")
        + kg("polyurethane, flexible foam") * factor("USLCI2017:0991445e:964865f7")
        + premise(bike, "electric motor, vehicle") * factor("ADEME-BC23.6:20585")
        + battery * factor("DEFRA2025:19_503_5096_15_1")
        + premise("charging station, 500W", "charger, for electric scooter") * factor("DEFRA2025:19_503_5088_15_1")
        + road(23.3 / 1000 * 500)
        + GRID * kg("electricity, medium voltage")
        + heat("natural-gas", kg("heat, district or industrial, natural gas"))
        + heat("fuel-oil", kg("heat, district or industrial, other than natural gas"))
        + worked * extrusion()
        + water(kg("tap water") / 1000)
    )
