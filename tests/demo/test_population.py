"""The raster of the made-up people: nobody is lost, and it says that it is made up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

from ops_platform.demo.population import POPULATION


def test_the_raster_holds_the_people_of_the_settlements_where_they_live(demo: Path) -> None:
    places = pd.read_csv(demo / "inbox" / "settlements.csv", encoding="utf-8-sig")
    with rasterio.open(demo / POPULATION) as raster:
        people = raster.read(1).astype(float)
        assert "纯属虚构" in raster.tags()["TIFFTAG_IMAGEDESCRIPTION"]
        assert people.sum() == pytest.approx(places["人口"].sum(), rel=1e-5)
        middles = [(x, y) for x, y in zip(places["经度"], places["纬度"], strict=True)]
        there = np.array([value[0] for value in raster.sample(middles)])
    share = there / places["人口"].to_numpy()
    assert (share > 0.09).all()
    assert np.median(share) < 0.13
