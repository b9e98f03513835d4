"""The analyst's map: its patches, and 50,000 of them in a browser whose WebGL is drawn by the processor."""

import io
import re
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image

from geo.analyst import analyst_map, served_patches
from geo.map import MapContent
from geo.raster import CLASS_COLOURS, DEPTH_FLOORS, classes_from, level_classes

CHROMIUM = Path("/usr/bin/chromium")
SIDE = 224
WAIT_S = 120.0
SOFTWARE_WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def patches(content) -> gpd.GeoDataFrame:
    return served_patches(content)


@pytest.fixture(scope="module")
def many(content) -> gpd.GeoDataFrame:
    """More than 50,000 made-up squares over the branch, row by row from the south-west."""
    west, south, east, north = content.areas.total_bounds
    x, y = np.linspace(west, east, SIDE + 1), np.linspace(south, north, SIDE + 1)
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    squares = shapely.box(x[column], y[row], x[column + 1], y[row + 1])
    columns = {"cell": column % len(content.cells), "level": row * 6 // SIDE, "depth": column % 6, "area_km2": 0.0365}
    return gpd.GeoDataFrame(columns, geometry=squares, crs=4326)


def test_patches_say_of_every_pixel_what_the_rasters_say(content, patches):
    grid = content.coverage.grid
    longitude, latitude = (values.ravel() for values in grid.centres_lonlat())
    pixels = gpd.points_from_xy(longitude, latitude)
    served = np.flatnonzero(content.coverage.level_dbm.ravel() >= content.threshold_dbm)
    of_pixel, patch = patches.sindex.query(pixels[served], predicate="within")
    pixel = served[of_pixel]
    inside = shapely.intersects(content.areas.union_all(), pixels[served])
    assert len(np.unique(pixel)) == len(pixel) == inside.sum()
    assert np.array_equal(patches["cell"].to_numpy()[patch], content.coverage.server.ravel()[pixel])
    assert np.array_equal(patches["level"].to_numpy()[patch], level_classes(content.coverage, -105.0).ravel()[pixel])
    depth = classes_from(content.depth.ravel()[pixel], DEPTH_FLOORS)
    assert np.array_equal(patches["depth"].to_numpy()[patch], depth)
    assert patches["area_km2"].sum() == pytest.approx(len(pixel) * (grid.pixel_m / 1000) ** 2)


def test_a_branch_that_nobody_serves_has_no_patch(content):
    silent = MapContent(**{**vars(content), "threshold_dbm": 0.0})
    assert served_patches(silent).empty


def test_the_page_carries_its_library_and_licence_and_names_no_other_host(content, patches):
    page = analyst_map(content, patches)
    assert "Redistributions of source code must retain" in page
    assert "sourceMappingURL" not in page
    own = re.sub(r"<script>/\*\*\n \* MapLibre.*?</script>", "", page, flags=re.DOTALL)
    assert len(own) < len(page) - 1_000_000
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", own)
    assert "</script><b>坏名字" not in page


@pytest.fixture(scope="module")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium):
    running = chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_WEBGL)
    page = running.new_page()
    drawable = page.evaluate("document.createElement('canvas').getContext('webgl2') !== null")
    page.close()
    if not drawable:
        running.close()
        pytest.skip("this browser has no WebGL 2, not even SwiftShader's")
    yield running
    running.close()


def settled(page) -> None:
    """Wait until everything is drawn; the page's policy forbids playwright's own way of waiting."""
    until = time.monotonic() + WAIT_S
    while not page.evaluate("analystMap.map.loaded() && analystMap.map.areTilesLoaded()"):
        assert time.monotonic() < until, f"not drawn within {WAIT_S} s"
        page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def page(browser, content, many, tmp_path_factory):
    """Open 50,000 patches from a file; fail on any complaint or request but the library's own worker."""
    file = tmp_path_factory.mktemp("analyst") / "analyst_map.html"
    no_gaps = MapContent(**{**vars(content), "gaps": content.gaps[:0]})
    file.write_text(analyst_map(no_gaps, many), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1000, "height": 800})
    heard: list[str] = []
    opened.on("console", lambda message: "GPU stall" in message.text or heard.append(message.text))
    opened.on("pageerror", lambda error: heard.append(str(error)))
    own = ("file:", "data:", "blob:")
    opened.on("request", lambda request: request.url.startswith(own) or heard.append(request.url))
    opened.goto(file.as_uri())
    settled(opened)
    yield opened
    opened.close()
    assert heard == []


def colour_at(page, many, row: int, column: int) -> str:
    """Colour of the map in the middle of a patch."""
    x, y = place_of(page, many, row, column)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        red, green, blue = picture.convert("RGB").getpixel((round(x), round(y)))
    return f"#{red:02x}{green:02x}{blue:02x}"


def place_of(page, many, row: int, column: int) -> tuple[float, float]:
    middle = many.geometry.iloc[row * SIDE + column].centroid
    spot = page.evaluate(
        f"(() => {{ const p = analystMap.map.project([{middle.x}, {middle.y}]); return [p.x, p.y]; }})()"
    )
    box = page.locator("#map").bounding_box()
    return box["x"] + spot[0], box["y"] + spot[1]


def nearby(page, many, row: int, column: int) -> None:
    """Look at a patch closely."""
    middle = many.geometry.iloc[row * SIDE + column].centroid
    page.evaluate(f"void analystMap.map.jumpTo({{ center: [{middle.x}, {middle.y}], zoom: 16 }})")
    settled(page)


def test_fifty_thousand_patches_are_drawn_in_their_colours(page, many):
    assert len(many) > 50_000
    assert page.locator("#figures dd").first.text_content() == f"{len(many):,}"
    for row, column in ((20, 30), (200, 150)):
        nearby(page, many, row, column)
        assert colour_at(page, many, row, column) == CLASS_COLOURS[row * 6 // SIDE]


def test_a_patch_says_its_figures_in_both_languages(page, content, many):
    nearby(page, many, 20, 31)
    page.mouse.click(*place_of(page, many, 20, 31))
    popup = page.locator(".maplibregl-popup-content")
    cell = content.cells.iloc[31]
    assert popup.locator("h2").text_content() == cell["cell_id"]
    site = content.sites.set_index("site_id")["site_name"][cell["site_id"]]
    band = f"{cell['technology']} {cell['band_mhz']}"
    figures = [site, band, "−105 … −95 dBm", "2", "0.04 km²"]
    assert popup.locator("dd").all_text_contents() == figures
    assert popup.locator("dt").first.text_content() == "站点"
    page.click("#language")
    assert popup.locator("dt").first.text_content() == "Site"
    assert popup.locator("dd").all_text_contents() == figures
    seen = "".join(page.locator("header, #legend .row span, .county").all_text_contents())
    assert not re.search(r"[\u4e00-\u9fff]", seen.replace("中文", ""))
    page.click("#language")
    page.locator(".maplibregl-popup-close-button").click()


def test_band_and_site_choose_what_is_drawn_and_counted(page, content, many):
    low = many["cell"].map(content.cells["technology"]) == "GSM"
    page.select_option("#by_band", "GSM 900")
    assert page.locator("#figures dd").first.text_content() == f"{low.sum():,}"
    page.fill("#by_site", "S03")
    page.keyboard.press("Enter")
    mine = low & (many["cell"].map(content.cells["site_id"]) == "S03")
    assert page.locator("#figures dd").first.text_content() == f"{mine.sum():,}"
    nearby(page, many, 20, 31)
    assert colour_at(page, many, 20, 31) == "#f5f5f1"
    page.fill("#by_site", "")
    page.keyboard.press("Enter")
    page.select_option("#by_band", "")


def test_layers_can_be_switched_off_and_on(page):
    for layer in ("patches", "gaps", "sites", "offices"):
        box = page.locator(f"input[data-layer={layer}]")
        shown = f"analystMap.map.getLayoutProperty('{layer}', 'visibility')"
        box.uncheck()
        assert page.evaluate(shown) == "none"
        box.check()
        assert page.evaluate(shown) == "visible"


def test_without_webgl_the_page_says_what_to_open(chromium, content, patches, tmp_path):
    file = tmp_path / "analyst_map.html"
    file.write_text(analyst_map(content, patches), encoding="utf-8")
    running = chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-3d-apis"])
    page = running.new_page()
    page.goto(file.as_uri())
    assert "coverage_map.html" in page.locator("#trouble").inner_text()
    page.click("#language")
    assert page.locator("#trouble").inner_text().startswith("This page needs WebGL")
    running.close()
