"""What became of gaps: matched by where they lie, not by their numbers."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo.crs import LONLAT, Grid, metric_crs
from geo.gap_changes import gap_changes

GRID = Grid(metric_crs(101.5, 35.0), 0.0, 0.0, 250.0, (1, 1))
KM2 = 1e6


def gaps(*boxes, office="A"):
    """Gaps from boxes in km in the plane, each with a number and ten people per km2."""
    shapes = [shapely.box(*(1000 * edge for edge in box)) for box in boxes]
    frame = gpd.GeoDataFrame(
        {
            "gap_id": pd.Series([f"{office}-{i + 1:03d}" for i in range(len(boxes))], dtype="str"),
            "office_id": pd.Series([office] * len(boxes), dtype="str"),
            "area_km2": [shape.area / KM2 for shape in shapes],
            "people": pd.Series([round(10 * shape.area / KM2) for shape in shapes], dtype="int64"),
        },
        geometry=shapes,
        crs=GRID.crs,
    )
    return frame.to_crs(LONLAT)


def changes(now, earlier, least=0.5):
    return gap_changes(now, earlier, GRID, least_km2=least)


@pytest.mark.parametrize(
    ("now", "earlier", "change", "gained", "lost"),
    [
        ([(0, 0, 2, 2)], [(0, 0, 2, 1)], "grown", 2, 0),
        ([(0, 0, 2, 1)], [(0, 0, 2, 2)], "shrunk", 0, 2),
        ([(0, 0, 2, 2)], [(0, 0, 2, 2)], "unchanged", 0, 0),
        ([(0, 0, 2, 2.2)], [(0, 0, 2, 2)], "unchanged", 0.4, 0),
        ([(0, 0, 2, 2.3)], [(0, 0, 2, 2)], "grown", 0.6, 0),
        ([(0, 0, 2, 2)], [(0, 0, 2, 2.3)], "shrunk", 0, 0.6),
        ([(1, 0, 3, 2)], [(0, 0, 2, 2)], "unchanged", 2, 2),
        ([(0, 0, 2, 2)], [], "new", 4, 0),
        ([], [(0, 0, 2, 2)], "closed", 0, 4),
    ],
)
def test_a_gap_is_new_closed_grown_or_shrunk(now, earlier, change, gained, lost):
    row = changes(gaps(*now), gaps(*earlier)).iloc[0]
    assert row["change"] == change
    assert (row["gained_km2"], row["lost_km2"]) == pytest.approx((gained, lost), abs=1e-3)
    assert row["people"] == round(10 * sum((b[2] - b[0]) * (b[3] - b[1]) for b in now))


def test_a_gap_that_fell_into_two_has_shrunk_and_is_one_row():
    found = changes(gaps((0, 0, 1, 2), (2, 0, 5, 2)), gaps((0, 0, 5, 2)))
    assert found[["change_id", "change", "gap_ids", "earlier_gap_ids"]].to_numpy().tolist() == [
        ["A-002", "shrunk", "A-002 A-001", "A-001"]
    ]
    assert found["lost_km2"].item() == pytest.approx(2, abs=1e-3)


def test_a_touch_or_a_sliver_joins_nothing():
    found = changes(gaps((0, 0, 2, 2)), gaps((2, 0, 4, 2), (1.9, 2, 4, 4)))
    assert sorted(found["change"]) == ["closed", "closed", "new"]


def test_gaps_of_two_offices_are_two_matters():
    found = changes(gaps((0, 0, 2, 2)), gaps((0, 0, 2, 2), office="B"))
    assert sorted(zip(found["office_id"], found["change"], strict=True)) == [("A", "new"), ("B", "closed")]


def test_nothing_is_lost_or_counted_twice():
    now, earlier = gaps((0, 0, 2, 2), (4, 0, 6, 3), (9, 9, 10, 10)), gaps((0, 0, 2, 3), (5, 0, 7, 3), (20, 0, 22, 2))
    found = changes(now, earlier)
    assert found["area_km2"].sum() == pytest.approx(now["area_km2"].sum())
    assert found["earlier_area_km2"].sum() == pytest.approx(earlier["area_km2"].sum())
    assert found["people"].sum() == now["people"].sum()
    united = now.to_crs(GRID.crs).union_all().difference(earlier.to_crs(GRID.crs).union_all())
    assert found["gained_km2"].sum() == pytest.approx(united.area / KM2, abs=1e-3)
    assert found["people"].sub(found["earlier_people"]).is_monotonic_decreasing
