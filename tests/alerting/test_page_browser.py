"""The page on a phone, in a real browser: without script, without another place, with hands and by keyboard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_platform.state import State
from tests.alerting.conftest import HAN, LI, Script, episodes, evaluate, outage, outbox
from tests.alerting.pages import Reader, installation, served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
LEAST_TOUCH_PX = 44
BUTTON = {"zh": "由我处理", "en": "I take this on"}


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
def reader(sqlite_state: State, tmp_path: Path) -> Iterator[Reader]:
    sites = [outage(f"S{n:02}", deadline_min=20 + n) for n in range(12)]
    evaluate(sqlite_state, *sites, people=[LI, HAN], channels=("webhook", "room"))
    channels = {"room": Script(by="", name="room"), "webhook": Script()}
    with served(installation(sqlite_state, tmp_path, ("E07", 1), ("E08", 1)), channels) as found:
        yield found


def opened(browser: Any, url: str) -> Any:
    """Open a page on a phone that runs no script, and note where it asks and what it complains of."""
    page = browser.new_context(viewport=PHONE, java_script_enabled=False, has_touch=True).new_page()
    page.asked, page.problems = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.goto(url)
    return page


def message(reader: Reader, recipient: str) -> dict[str, Any]:
    return next(row for row in outbox(reader.platform.state) if row["recipient"] == recipient)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_a_phone_and_can_be_touched(browser: Any, reader: Reader, language: str) -> None:
    page = opened(browser, reader.url(message(reader, "room")) + f"?lang={language}")
    assert page.asked == [page.url]
    assert page.problems == [], "its own policy lets its style through"
    page.locator("details summary").last.click()
    box = page.get_by_role("button", name=BUTTON[language]).bounding_box()
    assert box["width"] > 300, "the style is in force"
    for element in page.locator("button, summary, select, .choice, #note").all():
        if element.is_visible():
            box = element.bounding_box()
            assert box["height"] >= LEAST_TOUCH_PX
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_field_has_a_name_that_is_read_out(browser: Any, reader: Reader, language: str) -> None:
    page = opened(browser, reader.url(message(reader, "room")) + f"?lang={language}")
    page.locator("details summary").last.click()
    names = {
        "zh": ["备注（可不填）", "误报：现场没有问题", "转交给", "李雷", "您是谁？"],
        "en": ["Note (optional)", "False alarm: nothing was the matter", "Hand over to", "李雷", "Who are you?"],
    }[language]
    for role, name in zip(("textbox", "checkbox", "combobox", "radio", "group"), names, strict=True):
        assert page.get_by_role(role, name=name, exact=True).count() == 1, (role, name)
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]


def test_the_language_switch_changes_all_of_it(browser: Any, reader: Reader) -> None:
    page = opened(browser, reader.url(message(reader, "E07")))
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("button", name="I take this on").is_visible()
    words = page.locator("main").inner_text()
    for name in ("李雷", "韩梅梅", *(f"S{n:02} 站" for n in range(12)), "前旗"):
        words = words.replace(name, "")
    assert [char for char in words if "\u4e00" <= char <= "\u9fff"] == []
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("button", name="由我处理").is_visible()


def test_by_keyboard_alone_it_is_taken_on(browser: Any, reader: Reader) -> None:
    page = opened(browser, reader.url(message(reader, "room")))
    page.keyboard.press("Tab")
    for _ in range(2):  # the language, the other lines
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("已出发")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=acknowledge")
    assert page.get_by_role("status").inner_text() == "已记录：由您处理。"
    assert {row["acked_by"] for row in episodes(reader.platform.state)} == {"E08"}


def test_a_person_who_forgot_to_say_who_is_asked_before_it_is_sent(browser: Any, reader: Reader) -> None:
    page = opened(browser, reader.url(message(reader, "room")))
    page.get_by_role("button", name="由我处理").click()
    assert "done" not in page.url
    page.get_by_role("radio", name="李雷").check()
    page.get_by_role("button", name="由我处理").click()
    page.wait_for_url("**done=acknowledge")


def test_it_is_handed_over_and_taken_over_by_touch(browser: Any, reader: Reader) -> None:
    page = opened(browser, reader.url(message(reader, "E07")))
    page.locator("details summary").last.click()
    page.get_by_role("combobox").select_option(label="韩梅梅")
    page.get_by_role("button", name="转交", exact=True).click()
    page.wait_for_url("**done=hand_over")
    page.get_by_role("button", name="由我处理").click()
    page.wait_for_url("**done=acknowledge")
    theirs = opened(browser, reader.url(message(reader, "E08")))
    theirs.get_by_role("button", name="由我接手（李雷 已认领）").click()
    theirs.wait_for_url("**done=take_over")
    assert {row["acked_by"] for row in episodes(reader.platform.state)} == {"E08"}
