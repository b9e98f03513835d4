"""The map page: what it holds, and what it does in a real browser without a network."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geo.map import MapContent, coverage_map
from geo.raster import CLASS_COLOURS, DEPTH_FLOORS, classes_from, level_classes, overlay
from geo.words import Text

CHROMIUM = Path("/usr/bin/chromium")
in_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_is_small_and_names_no_other_host(content):
    page = coverage_map(content)
    assert len(page.encode()) < 2_000_000
    own = re.sub(r"<script>/\* @preserve.*?</script>", "", page, flags=re.DOTALL)  # Leaflet names its home page
    assert len(own) < len(page) - 100_000
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", own)
    assert "url(images" not in page
    assert "sourceMappingURL" not in page
    assert "BSD 2-Clause License" in page


def test_text_from_data_cannot_leave_its_place(content):
    page = coverage_map(content)
    assert "<b>坏名字" not in page
    assert data_of(page)["sites"][0][1] == "</script><b>坏名字</b>"


def test_the_title_is_escaped_in_the_head(content):
    titled = MapContent(**{**vars(content), "title": Text("</title><script>1</script>", "x")})
    assert "<script>1</script>" not in coverage_map(titled)


def test_the_data_say_what_was_predicted(content):
    data = data_of(coverage_map(content))
    levels = content.settlement_levels["level_dbm"].to_numpy()
    people = content.settlements["people"].to_numpy()
    assert data["people"] == {"all": int(people.sum()), "covered": int(people[levels >= -105.0].sum())}
    assert len(data["cells"]) == len(content.cells)
    assert [cell[3] for cell in data["cells"] if cell[0].startswith("S03")] == [None, None, None]
    assert len(data["gaps"]) == len(content.gaps)


def test_what_is_not_known_has_no_layer(content):
    bare = MapContent(**{**vars(content), "depth": None, "people": None})
    assert [picture["key"] for picture in data_of(coverage_map(content))["pictures"]] == [
        "level",
        "overlap",
        "population",
    ]
    assert [picture["key"] for picture in data_of(coverage_map(bare))["pictures"]] == ["level"]


def test_classes_begin_at_their_floors():
    values = np.array([0, 1, 1.9, 2, 8, 9, 1000])
    assert classes_from(values, DEPTH_FLOORS).tolist() == [255, 0, 0, 1, 4, 5, 5]


def test_an_unknown_language_is_refused(content):
    with pytest.raises(ValueError, match="lang must be one of"):
        coverage_map(content, "fr")


def test_levels_must_belong_to_the_settlements(content):
    short = MapContent(**{**vars(content), "settlement_levels": content.settlement_levels[:-1]})
    with pytest.raises(ValueError, match="one row per settlement"):
        coverage_map(short)


def test_classes_begin_at_the_threshold(content):
    classes = level_classes(content.coverage, -105.0)
    level = content.coverage.level_dbm
    assert np.array_equal(classes == 255, ~(level >= -105.0))
    weakest = classes == 0
    assert (level[weakest] >= -105.0).all()
    assert (level[weakest] < -95.0).all()
    assert (level[classes == len(CLASS_COLOURS) - 1] >= -55.0).all()


def test_the_picture_lies_where_the_grid_does(content, tmp_path):
    drawn = overlay(level_classes(content.coverage, -105.0), content.coverage.grid, CLASS_COLOURS)
    file = tmp_path / "levels.png"
    file.write_bytes(drawn.png)
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    west, south, east, north = drawn.bounds_lonlat
    mercator = [np.arcsinh(np.tan(np.radians(v))) for v in (south, north)]
    longitude, latitude = content.coverage.grid.centres_lonlat()
    column = ((longitude - west) / (east - west) * pixels.shape[1]).astype(int)
    height = (mercator[1] - np.arcsinh(np.tan(np.radians(latitude)))) / (mercator[1] - mercator[0])
    row = (height * pixels.shape[0]).astype(int)
    classes = level_classes(content.coverage, -105.0)
    palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in CLASS_COLOURS])
    seen = pixels[row, column]
    assert np.array_equal(seen[..., 3] == 0, classes == 255)
    assert np.array_equal(seen[classes != 255][:, :3], palette[classes[classes != 255]])


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield running
        running.close()


@pytest.fixture
def page(browser, content, tmp_path):
    """Open the Chinese page from a file; fail when it complains or asks the network for anything."""
    file = tmp_path / "map.html"
    file.write_text(coverage_map(content), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1200, "height": 800})
    heard: list[str] = []
    opened.on("console", lambda message: heard.append(message.text))
    opened.on("pageerror", lambda error: heard.append(str(error)))
    opened.on("request", lambda request: request.url.startswith(("file:", "data:")) or heard.append(request.url))
    opened.goto(file.as_uri())
    yield opened
    opened.close()
    assert heard == []


@in_browser
def test_layers_can_be_switched_off_and_on(page):
    for layer in ("level", "gaps", "sites", "settlements", "candidates", "offices"):
        box = page.locator(f"input[data-layer={layer}]")
        shown = f"branchMap.map.hasLayer(branchMap.layers.{layer})"
        assert page.evaluate(shown) is True
        box.uncheck()
        assert page.evaluate(shown) is False
        box.check()
        assert page.evaluate(shown) is True


@in_browser
def test_of_the_pictures_one_is_shown(page):
    shown = "Object.keys(branchMap.layers).filter((key) => branchMap.map.hasLayer(branchMap.layers[key]))"
    pictures = {"level", "overlap", "population"}
    for layer in ("overlap", "population", "level"):
        page.locator(f"input[data-layer={layer}]").check()
        assert pictures.intersection(page.evaluate(shown)) == {layer}
    page.locator("input[data-layer=level]").uncheck()
    assert pictures.isdisjoint(page.evaluate(shown))


@in_browser
def test_a_site_found_by_name_says_its_figures_in_both_languages(page):
    page.fill("#query", "测试站 3")
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup-content")
    assert popup.locator("h2").text_content() == "测试站 3"
    assert popup.locator("dd").all_text_contents() == ["S03", "东县分公司", "在网", "3", "400"]
    first = popup.locator("tbody tr").first.locator("td").all_text_contents()
    assert first == ["S03-1", "LTE 1800", "全向", "2°", "30 m"]
    page.click("#language")
    assert popup.locator("dd").all_text_contents() == ["S03", "East county", "in service", "3", "400"]
    assert popup.locator("tbody tr").first.locator("td").nth(2).text_content() == "omni"


@in_browser
def test_a_click_on_the_canvas_opens_the_site_under_it(page, content):
    spot = page.evaluate("branchMap.map.latLngToContainerPoint(branchMap.sites[11].at)")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + spot["x"], box["y"] + spot["y"])
    assert page.locator(".leaflet-popup-content h2").text_content() == content.sites["site_name"].iloc[11]


@in_browser
def test_a_hostile_name_is_shown_as_text(page):
    page.fill("#query", "坏名字")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup-content h2").text_content() == "</script><b>坏名字</b>"
    assert page.locator(".leaflet-popup-content b").count() == 0


@in_browser
def test_the_language_button_changes_every_word(page, content):
    covered = content.settlement_levels["level_dbm"] >= -105.0
    share = 100 * content.settlements["people"][covered].sum() / content.settlements["people"].sum()
    assert page.locator("#title").text_content() == "测试分公司覆盖图"
    assert page.locator("#figures dd").first.text_content() == f"{share:.1f} %"
    page.click("#language")
    assert page.title() == page.locator("#title").text_content() == "Coverage of the test branch"
    assert page.locator(".county").all_text_contents() == ["East county", "West county"]
    seen = page.locator("header, #legend").all_text_contents()
    assert not re.search(r"[\u4e00-\u9fff]", "".join(seen).replace("中文", ""))


def said(page):
    """Rows of the open popup by their terms."""
    popup = page.locator(".leaflet-popup-content").last
    return dict(zip(popup.locator("dt").all_text_contents(), popup.locator("dd").all_text_contents(), strict=True))


@in_browser
def test_a_gap_says_its_figures(page, content):
    page.evaluate("void branchMap.layers.gaps.getLayers()[0].openPopup()")
    gap, rows = content.gaps.iloc[0], said(page)
    assert rows["面积"] == f"{gap['area_km2']:,.1f} km²"
    assert rows["未覆盖人口"] == f"{gap['people']:,}"
    assert rows["未覆盖居民点"].startswith(f"{gap['settlements']} · {gap['settlement_names'].split('、')[0]}")
    assert rows["未覆盖居民点"].endswith("…") == (gap["settlements"] > 5)
    assert rows["最近站点"].endswith(f"{gap['nearest_site_km']:.1f} km")
    assert rows["最远距站点"] == f"{gap['farthest_km']:.1f} km"


@in_browser
def test_a_candidate_says_its_figures(page):
    page.evaluate("void branchMap.layers.candidates.getLayers()[0].openPopup()")
    assert page.locator(".leaflet-popup-content h2").text_content() == "新站候选 1"
    assert said(page) == {
        "分公司": "西县分公司", "站型": "宏站", "新增覆盖人口": "1,500", "累计新增（含前序）": "1,500",
        "达半概率": "93 %",
        "新覆盖居民点": "某村 0、某村 1、某村 2、某村 3、某村 4 …", "最近站点": "测试站 3 · 12.3 km",
    }  # fmt: skip
    page.evaluate("void branchMap.layers.candidates.getLayers()[1].openPopup()")
    assert said(page) == {"站型": "picket", "新增覆盖人口": "40", "累计新增（含前序）": "1,540"}


@in_browser
def test_a_site_says_whom_it_leaves_without_coverage(page):
    for position, term, people in [
        (8, "中断后失去覆盖人口", "900"),
        (9, "因其断站失去覆盖人口", "1,000"),
        (11, None, None),
    ]:
        page.evaluate(f"void branchMap.markers.get(branchMap.sites[{position}]).openPopup()")
        without = {key: value for key, value in said(page).items() if "失去" in key}
        assert without == ({term: people} if term else {})


@in_browser
def test_the_legend_names_the_states_and_their_moment(page):
    row = page.locator(".layer", has=page.locator("input[data-layer=sites]"))
    assert row.locator(".keys").inner_text().split() == ["在网", "规划", "退服", "电池供电"]
    assert row.locator(".as-of").text_content() == "断站：此刻"


@in_browser
def test_a_site_that_is_down_is_drawn_above_the_others(page):
    drawn = page.evaluate("branchMap.layers.sites.getLayers().map((m) => m.options.fillColor)")
    assert drawn[-2:] == ["#d3125b", "#f2b134"]


@in_browser
def test_the_map_knows_its_scale(page):
    assert page.locator(".leaflet-control-scale-line").text_content().endswith("km")


@in_browser
def test_it_prints_on_one_sheet_of_a4_landscape_with_its_legend(page):
    sheet = page.pdf(prefer_css_page_size=True)
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet).groups())
    assert (round(width), round(height)) == (842, 595)
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1
    page.emulate_media(media="print")
    legend, drawn = page.locator("#legend").bounding_box(), page.locator("#map").bounding_box()
    assert legend["x"] > drawn["x"] + drawn["width"]
    assert legend["y"] + legend["height"] <= drawn["y"] + drawn["height"]
    assert page.locator("#layers .scale").first.is_visible()


@in_browser
def test_on_paper_the_marks_are_drawn_without_a_canvas(page, content):
    page.emulate_media(media="print")
    drawn = page.locator(".leaflet-overlay-pane path")
    drawn.first.wait_for(state="attached")
    marks = len(content.sites) + len(content.settlements) + len(content.gaps) + len(content.candidates)
    assert drawn.count() == marks
    assert not page.locator("#search").is_visible()
    page.emulate_media(media="screen")
    drawn.first.wait_for(state="detached")


@in_browser
@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
