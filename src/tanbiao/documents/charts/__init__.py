"""Charts as SVG, the same on screen and on paper, each with its table twin.

Every chart takes the Result document and a language and returns an SVG string. The twin functions return the rows that
the chart shows; the rows of a total sum to it.
"""

from tanbiao.documents.charts.bars import kinds_bar, public_stage_bar, public_stage_rows, stage_bar, stage_swatches
from tanbiao.documents.charts.histogram import Bin, bins, histogram
from tanbiao.documents.charts.interval_chart import interval
from tanbiao.documents.charts.sankey_chart import flow_chart, sankey
from tanbiao.documents.charts.tables import (
    Row,
    contribution_rows,
    flow_rows,
    interval_rows,
    kind_rows,
    share_heading,
    stage_rows,
)
from tanbiao.documents.charts.waterfall import Step, waterfall

__all__ = [
    "Bin",
    "Row",
    "Step",
    "bins",
    "contribution_rows",
    "flow_chart",
    "flow_rows",
    "histogram",
    "interval",
    "interval_rows",
    "kind_rows",
    "kinds_bar",
    "public_stage_bar",
    "public_stage_rows",
    "sankey",
    "share_heading",
    "stage_bar",
    "stage_rows",
    "stage_swatches",
    "waterfall",
]
