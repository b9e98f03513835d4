"""The handover as a page: stands alone, speaks two languages, fits a phone and prints."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.handover import handover
from ops_platform.reporting.handover import TITLES, as_markdown, as_page, file_name, view_of
from tests.alerting.conftest import NOW, evaluate, outage
from tests.maintenance.builders import at
from tests.reporting.alerting import fill, installation
from tests.reporting.test_page import CHROMIUM, FLAGS


def page_of(home: Path) -> str:
    platform = installation(home, note="演示", note_en="Demo")
    given = handover(platform, NOW)
    assert file_name(given.incoming, platform.settings) == "2026-03-12-2000.html"
    return as_page(view_of(given, platform, NOW), platform.settings)


def text_of(home: Path) -> dict[str, str]:
    platform = installation(home)
    return as_markdown(view_of(handover(platform, NOW), platform, NOW))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    platform = installation(tmp_path)
    fill(platform.state)
    storm = [outage(f"T{n:03d}", rule="generator_late", deadline_min=-n) for n in range(40)]
    evaluate(platform.state, *storm, rules=["generator_late"])
    file = tmp_path / "handover.html"
    file.write_text(page_of(tmp_path), encoding="utf-8")
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.requests, page.problems = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(file.as_uri())
    yield page
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_a_phone_and_asks_for_nothing_but_itself(opened: Any, language: str) -> None:
    opened.locator(f'[data-speak="{language}"]').click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert len(opened.requests) == 1
    assert opened.problems == []
    cut_off = """[...document.querySelectorAll("main *")].filter(
        one => one.offsetParent && one.getBoundingClientRect().right > 391).length"""
    assert opened.evaluate(cut_off) == 0


def test_it_shows_one_language_at_a_time_names_aside(opened: Any) -> None:
    assert opened.get_by_role("heading", name="告警交接班").is_visible()
    opened.locator('[data-speak="en"]').click()
    assert opened.title().startswith("Branch Handover of alerts")
    text = opened.locator("main").inner_text()
    for name in ("李雷", "韩梅梅", "站", "前旗", "演示"):
        text = text.replace(name, "")
    assert re.findall("[\u4e00-\u9fff]+", text) == []


def test_of_a_storm_some_are_shown_others_opened_and_the_rest_counted(opened: Any) -> None:
    opened.locator('[data-speak="en"]').click()
    storm = opened.locator("article", has_text="Generator is late")
    assert storm.locator("li:visible").count() == 5
    storm.locator("summary").click()
    assert storm.locator("li:visible").count() == 20
    assert "20 more are not listed" in storm.inner_text()


def test_on_paper_everything_is_open(opened: Any) -> None:
    pdf = opened.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert re.search(rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]", pdf), "A4"
    assert opened.locator("details:not([open])").count() == 0
    opened.emulate_media(media="print")
    assert not opened.locator(".tools").is_visible()
    assert opened.get_by_text("S8 站").first.is_visible(), "minor ones too"


def test_the_tally_and_the_silent_ones_are_apart(tmp_path: Path) -> None:
    fill(installation(tmp_path).state)
    text = text_of(tmp_path)
    assert "not acknowledged: **3** · 已认领 / acknowledged: **1** · 将至 / expected: **1**" in text["shift"]
    assert "03-12 08:00" in text["shift"]
    assert "李雷 已认领，至 15:18" in text["open"]
    assert text["silent"] == "没有。 None.", "they are in a group of which somebody is told"
    assert list(text)[1:] == ["open", "coming", "duty", "load", "resolved", "silent"]
    assert set(text) - {"shift"} <= set(TITLES)


def test_a_step_with_nobody_is_said(tmp_path: Path) -> None:
    rows = text_of(tmp_path)["duty"].splitlines()[2:]
    assert rows == [
        "| 前旗 / Qianqi | 1 | 李雷 | 李雷 |",
        "|  | 2 | 无人值班 / nobody | 无人值班 / nobody |",
        "|  | 3 | 无人值班 / nobody | 无人值班 / nobody |",
    ]


def test_what_comes_up_is_said_with_its_local_time(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    evaluate(platform.state, outage("S1", deadline_min=42))
    assert (
        "| 14:00 | 到期 / due | #1 立即出发发电 / Leave now with a generator | S1 站 | 前旗 |"
        in text_of(tmp_path)["coming"]
    )


def test_what_was_resolved_says_by_whom_and_how_long_it_lasted(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    fill(platform.state)
    evaluate(platform.state, now=at("03-12 14:00"))
    resolved = text_of(tmp_path)["resolved"]
    assert (
        "| 14:00 | 42 分钟 / 42 min | #2 立即出发发电 / Leave now with a generator | S2 站 | 前旗 | 李雷 |" in resolved
    )


def test_what_people_typed_is_escaped(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    bad = "<script>alert(1)</script>"
    evaluate(platform.state, outage(bad))
    page = page_of(tmp_path)
    assert bad not in page
    assert "&lt;script&gt;" in page
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", page)


def test_a_long_list_says_what_it_leaves_out(tmp_path: Path) -> None:
    platform = installation(tmp_path)
    evaluate(platform.state, *(outage(f"S{n:03d}", deadline_min=30 + n) for n in range(70)))
    coming = text_of(tmp_path)["coming"]
    assert coming.count("立即出发发电") == 60
    assert "另有 10 条 / and 10 more" in coming
    assert "10 more are not listed" in page_of(tmp_path)
