"""The year's power as a manager reads it, with the names of offices and people."""

import pandas as pd

from ops_platform.facts import Facts
from ops_platform.maintenance.power_review import PowerReview
from ops_platform.reporting import formats
from ops_platform.reporting.markdown import frame_preview

MOST_ROWS = 30


def review_tables(review: PowerReview, facts: Facts) -> dict[str, pd.DataFrame]:
    """Return the review's tables with names instead of numbers, digits as a reader needs them."""
    office = formats.named_offices(facts.whole("offices"))
    staff = facts.whole("staff").set_index("staff_id")["staff_name"]
    mains, strengthen, crews = review.mains, review.strengthen, review.crews
    return {
        "mains_against_standard": mains.assign(office=mains["office_id"].map(office))[
            ["office", "area_class", "sites", "hours_a_year", "baseline_hours", "failures_a_year", "baseline_failures"]
        ].round(2),
        "worth_strengthening": strengthen.assign(office=strengthen["office_id"].map(office))[
            ["site_name", "office", "dark_h_a_year", "lost_a_year", "saved_by_string_a_year", "saved_by_set_a_year"]
        ].round(1),
        "crews": crews.assign(staff=crews["staff_id"].map(staff).fillna(crews["staff_id"]))[
            ["contractor", "staff", "dispatches", "runs", "generating_h"]
        ].round(1),
    }


def review_previews(review: PowerReview, facts: Facts) -> dict[str, str]:
    """Return the review's tables in Markdown."""
    return {
        name: frame_preview(table, facts.zone, rows=MOST_ROWS) for name, table in review_tables(review, facts).items()
    }
