"""The LFP battery from cradle to grave, and its five figures, by hand: nothing of the engine, no study file.

GB/T 24067 reading of the demonstration rule; every scheme's setting as its source in ``parameter_sets.json`` says.
"""

from __future__ import annotations

from tests.examples import recompute
from tests.examples.inventories import case, factors

CARBON = 44.009 / 12.011
WIND, SUN, LINES = 0.0336, 0.0545, 0.0463  # kg CO2e/kWh, China 2023: at the plant, and transmission with its losses
WOOD, DELIVERED = 0.2, 60.0 * 8.0  # kg of packaging per kWh; full cycles a year × years (Regulation (EU) 2023/1542)
ROAD = 1575.0  # km, published default between the two provinces
A = 0.5  # PEFCR Guidance v6.3: equilibrium
ALUMINIUM, COPPER = (0.734, 0.526, "26732", "26731"), (0.904, 0.842, "26734", "26733")


def recycling() -> float:
    """Physical recycling of a battery, per kWh (table 13 of Tao et al. 2023)."""
    inputs = case("bat-04")["inputs"]["physical_recycling"]
    return (
        recompute.GRID * inputs["electricity_kWh"]
        + inputs["liquid_N2_kg"] * recompute.nitrogen()
        + inputs["DMC_kg"] * recompute.ethylene_carbonate()
        + inputs["Li2CO3_kg"] * recompute.lithium_carbonate()
    )


def stages() -> dict[str, float]:
    """kg CO2e per kWh of rated capacity by stage, metals by cut-off, credits apart."""
    rows = recompute.lfp_battery()
    power = 0.76 * recompute.GRID + 1.5 * (WIND + LINES) + 1.5 * SUN
    burnt = factors()
    disposed = sum(taken - kept for taken, kept, _, _ in (ALUMINIUM, COPPER)) * burnt["DEFRA2025:20_504_5369_15_1"]
    wood = WOOD * burnt["DEFRA2025:19_500_5048_15_1"] - WOOD * 0.5 * CARBON
    landfill = 0.06 * burnt["DEFRA2025:20_500_5257_15_1"]
    return {
        "raw_materials": sum(value for row, value in rows.items() if row.startswith("r")) + wood,
        "manufacturing": power + rows["m2"],
        "distribution": recompute.road(7.788 / 1000 * ROAD) * (1 + 0.30 * 0.70),
        "end_of_life": recompute.road(7.588 / 1000 * 500) + recycling() + disposed + landfill + released(),
    }


def released() -> float:
    """Biogenic CO2 of the packaging after its life: 70 % burnt, half of the carbon of the landfilled 30 %."""
    return WOOD * 0.5 * CARBON * (0.7 + 0.3 * 0.5)


def waterfalls() -> dict[str, dict[str, float]]:
    """The steps of each scheme: what it changes, kg CO2e per kWh of rated capacity."""
    burnt, split = factors(), stages()
    uptake = WOOD * 0.5 * CARBON
    again = sum((1 - A) * kept * burnt[f"ADEME-BC23.6:{made}"] for _, kept, made, _ in (ALUMINIUM, COPPER))
    saved = sum((1 - A) * kept * burnt[f"ADEME-BC23.6:{new}"] for _, kept, _, new in (ALUMINIUM, COPPER))
    gate = -split["distribution"] - split["end_of_life"]
    return {
        "national": {},
        "miit_battery": {},
        "eu_battery": {
            "electricity": 1.5 * (recompute.GRID - WIND - LINES),
            "biogenic": uptake - released(),
            "recycling": again,
            "credits": -saved,
        },
        "pact": {"stages": gate, "biogenic": uptake},
        "catena_x": {"stages": gate},
    }
