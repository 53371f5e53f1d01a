"""The waterfall: its last bar is the sum of its steps, and it is said in words as well."""

from __future__ import annotations

from decimal import Decimal

from defusedxml import ElementTree

from tanbiao.documents.charts import Step, waterfall

SVG = "{http://www.w3.org/2000/svg}"


def test_the_bars_stand_between_where_a_step_starts_and_ends() -> None:
    """10 − 4 + 2 = 8 of a greatest level of 10: 416 wide, so 41.6 a unit; the step down runs from 6 to 10."""
    steps = [Step("stages", Decimal(-4)), Step("electricity", Decimal(2)), Step("credits", Decimal(0))]
    picture = waterfall("own", Decimal(10), steps, "scheme", "kg CO2e/kWh", "en")
    bars = [
        (float(node.get("x") or 0), float(node.get("width") or 0), node.get("stroke-dasharray"))
        for node in ElementTree.fromstring(picture).iter(f"{SVG}rect")
    ]
    assert bars == [
        (0, 416, None),
        (249.6, 166.4, "4 3"),
        (249.6, 83.2, None),
        (332.8, 1.5, None),
        (0, 332.8, None),
    ]
    description = ElementTree.fromstring(picture).findtext(f"{SVG}desc") or ""
    assert description == ("own 10.00; stages −4.000; electricity +2.000; credits 0; scheme 8.000; kg CO₂e/kWh")


def test_a_figure_below_zero_has_a_line_at_zero() -> None:
    picture = waterfall("own", Decimal(1), [Step("biogenic", Decimal(-3))], "scheme", "kg CO2e/kg", "zh")
    root = ElementTree.fromstring(picture)
    assert [float(node.get("x1") or 0) for node in root.iter(f"{SVG}line")] == [277.33]  # 2 of 3 units of 138.67
    assert "style=" not in picture
