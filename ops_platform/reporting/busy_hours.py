"""The month's busy hours as people look at them: the network's day as a picture, each office's busy hour as a table."""

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.kpi.busy_hours import NETWORK
from ops_platform.reporting import formats
from ops_platform.reporting.charts import LEAD, QUIET, canvas, chart_font, png
from ops_platform.reporting.markdown import frame_preview

SECONDS = 3600


def busy_hour_chart(hours: pd.DataFrame) -> bytes:
    """Return the network's traffic by hour of the day, its time-consistent busy hour standing out."""
    font, chinese = chart_font()
    network = hours[hours["office_id"] == NETWORK]
    plot, axes = canvas(7.2, 2.6)
    traffic = network["traffic_chs"] / SECONDS / network["days"]
    axes.bar(network["hour"], traffic, color=[LEAD if busiest else QUIET for busiest in network["busiest"]], width=0.8)
    axes.set_xticks(range(0, 24, 3), [f"{hour:02}" for hour in range(0, 24, 3)])
    axes.set_ylabel("Erl")
    title = (
        "全网话务（每日平均），时间一致忙时突出"
        if chinese
        else "Traffic of the network, mean of the days; its busy hour"
    )
    return png(plot, axes, title, font)


def busy_hours_by_office(hours: pd.DataFrame, facts: Facts) -> str:
    """Return, in Markdown, the time-consistent busy hour of the network and of each office, with what it carried."""
    busiest = hours[hours["busiest"].astype(bool)]
    names = {NETWORK: "全网 Network"} | formats.named_offices(facts.whole("offices"))
    starts = busiest["tch_seizures"] + busiest["handovers_in"]
    shown = pd.DataFrame(
        {
            "office": [names.get(office, office) for office in busiest["office_id"]],
            "busy_hour": busiest["hour"],
            "traffic_erl": (busiest["traffic_chs"] / SECONDS / busiest["days"]).round(1),
            "drop_pct": (100 * busiest["drops"] / starts.where(starts > 0)).round(2),
            "congestion_pct": (
                100 * busiest["tch_overflows"] / busiest["tch_attempts"].where(busiest["tch_attempts"] > 0)
            ).round(2),
        }
    )
    return frame_preview(shown, facts.zone, rows=len(shown))
