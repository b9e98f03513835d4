"""The page stands alone, speaks two languages, escapes what people typed, and says why a value is missing."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from ops_platform.contracts import FEEDS
from ops_platform.contracts.insight import VERDICT_REASONS, VERDICTS
from ops_platform.kpi.catalogue import CATALOGUE
from ops_platform.reporting import charts, words
from ops_platform.reporting.actions import ACTIONS
from ops_platform.reporting.insight import Insight
from ops_platform.reporting.page import TEMPLATES, render
from ops_platform.reporting.report import MonthReport
from ops_platform.reporting.view import BRANCH, Figure, View

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def html(report: MonthReport) -> str:
    return render(report)


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, html: str, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.requests = []
    page.problems = []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(file.as_uri())
    yield page
    context.close()


def test_it_names_no_other_place(html: str) -> None:
    assert not re.findall(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", html)
    assert "url(" not in html
    assert "@import" not in html


def test_it_asks_for_nothing_but_itself_and_has_no_script_error(opened) -> None:
    assert len(opened.requests) == 1
    assert opened.problems == []


def test_the_language_switch_shows_one_language_at_a_time(opened) -> None:
    assert opened.get_by_role("heading", name="单位排名").is_visible()
    assert opened.get_by_role("heading", name="Ranking of the offices").count() == 0
    opened.get_by_role("button", name="English").click()
    assert opened.get_by_role("heading", name="Ranking of the offices").is_visible()
    assert opened.get_by_role("heading", name="单位排名").count() == 0
    assert opened.title().startswith("Huangnan Branch March 2026")
    assert opened.evaluate("document.documentElement.lang") == "en"
    opened.locator("#open-everything").click()
    text = opened.locator("#ranking, #headline, #offices, #matrix, #year, #definitions, nav").all_inner_texts()
    names = "中文" + "|".join(opened.locator(".people tbody th, .first").all_inner_texts())
    chinese = [char for char in "".join(text) if "\u4e00" <= char <= "\u9fff" and char not in names]
    assert chinese == []


def test_a_row_opens_on_demand_and_shows_what_was_divided(opened) -> None:
    more = opened.locator("#more-generator_timeliness")
    assert not more.is_visible()
    opened.get_by_role("button", name="基站停电发电及时率").click()
    assert more.is_visible()
    assert "分母" in more.inner_text()
    opened.locator("#open-all").click()
    assert opened.locator("tr.more:visible").count() == len(CATALOGUE)


def test_contractors_stand_on_the_page_best_first(opened, report: MonthReport) -> None:
    ranks = report.rankings[report.rankings["level"] == "contractor"].sort_values("rank")
    opened.locator("#contractors summary").click()
    assert opened.locator("#contractors tbody th").all_inner_texts() == ranks["contractor"].tolist()
    assert opened.locator("#contractors").get_by_text("代维公司考核").is_visible()


def test_a_branch_without_contractors_has_no_section_of_them(report: MonthReport) -> None:
    own = report.rankings[report.rankings["level"] != "contractor"]
    assert 'id="contractors"' not in render(replace(report, rankings=own))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_a_phone_without_scrolling_sideways(opened, language: str) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.locator(f'[data-speak="{language}"]').click()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_page_is_short_and_what_is_folded_opens_where_a_link_leads(opened, report: MonthReport) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.reload()
    assert opened.locator("details.fold[open]").count() == 0
    screens = opened.evaluate("document.documentElement.scrollHeight / innerHeight")
    assert screens <= 3 + 1.5 * len(report.offices)
    row = opened.locator("#worst_sites tbody tr").first
    assert not row.is_visible()
    opened.locator(".card a[href='#worst_sites']").first.click()
    assert row.is_visible()
    assert 0 <= opened.locator("#worst_sites").evaluate("one => one.getBoundingClientRect().top") < 844 / 2
    # A row is a card on which each value has the name of its column, and is still a row of a table to who cannot see.
    assert "宕站次数" in row.inner_text().replace("\n", "")
    assert opened.locator("#worst_sites").get_by_role("row").count() == 1


def test_every_table_fits_a_phone_once_everything_is_open(opened) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.locator("#open-everything").click()
    wide = "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"
    assert opened.evaluate(wide) == 0


def test_what_is_folded_is_whole_on_paper(opened) -> None:
    opened.emulate_media(media="print")
    opened.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert opened.locator("#definitions dt").last.is_visible()
    # Chromium repeats a table's header on the next page only where no button in it is a box of its own.
    button = opened.locator("#year thead button").first
    assert button.evaluate("one => getComputedStyle(one).display") == "contents"
    opened.evaluate("window.dispatchEvent(new Event('afterprint'))")
    opened.emulate_media(media="screen")
    assert not opened.locator("#definitions dt").last.is_visible()


def test_the_table_of_contents_stays_in_sight(opened) -> None:
    opened.evaluate("scrollTo(0, 3000)")
    assert opened.locator("nav.jump").evaluate("one => one.getBoundingClientRect().top") == 0
    for link in opened.locator("nav.jump a").all():
        assert opened.locator(str(link.get_attribute("href"))).count() == 1


def test_a_card_says_what_to_do_first_and_where(opened, report: MonthReport) -> None:
    steps = opened.locator("#office-ZK > .steps > li")
    assert steps.count() == 3
    late = next(
        one for one in View(report).losses(("office", "ZK", "", "")) if one.figure.kpi.id == "generator_timeliness"
    )
    assert late.first == [str(name) for name in report.late_outages.query("office_id == 'ZK'")["site_name"].head(3)]


def test_what_people_typed_is_escaped(report: MonthReport) -> None:
    bad = "<script>alert(1)</script>"
    offices = report.offices.assign(office_name=bad, office_name_en=bad)
    staff = report.staff.assign(staff_name=bad)
    late = report.late_outages.assign(site_name=bad)
    html = render(
        replace(report, offices=offices, staff=staff, late_outages=late, branch=bad + "</title>", notes=[(bad, bad)])
    )
    assert bad not in html
    assert "&lt;script&gt;" in html


def test_a_missing_value_is_a_dash_with_its_reason(report: MonthReport, html: str) -> None:
    view = View(report)
    assert view.figure(("office", "JZ", "", ""), CATALOGUE["training_pass_rate"]).why == words.word("why_zero")
    assert view.figure(("office", "HN", "", ""), CATALOGUE["customer_satisfaction"]).why == words.word("why_absent")
    assert words.word("why_zero")[0] in html
    assert words.word("why_absent")[1] in html
    assert not re.search(r">\s*(nan|none|nat|<na>)\b", html, re.IGNORECASE)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["ink", "soft", "faint", "good", "bad", "flag"])
def test_every_text_stands_out_from_its_ground(name: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (TEMPLATES / "style.css").read_text("utf-8")))
    for ground in ("#ffffff", colours["ground"]):
        assert contrast(ground, colours[name]) >= 4.5


@pytest.mark.parametrize("colour", charts.LINES)
def test_every_label_of_the_chart_stands_out_from_its_ground(colour: str) -> None:
    assert contrast("#ffffff", colour) >= 4.5


def test_every_picture_and_heading_is_told_to_who_cannot_see(opened) -> None:
    assert opened.locator("img:not([alt])").count() == 0
    levels = opened.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert opened.locator("th:not([scope])").count() == len(CATALOGUE), "of the corner above each table of counts"


def test_met_and_missed_differ_in_more_than_colour(html: str) -> None:
    assert "✓" in html
    assert "✗" in html


def test_points_lost_are_the_weight_times_the_lost_score_and_dearest_first(report: MonthReport) -> None:
    who = ("office", "ZK", "", "")
    rows = report.scorecards[(report.scorecards["level"] == "office") & (report.scorecards["office_id"] == "ZK")]
    scored = rows[rows["score"].notna() & rows["weight"].notna()]
    lost = (100 - scored["score"]) * scored["weight"] / scored["weight"].sum()
    losses = View(report).losses(who)
    assert {loss.figure.kpi.id for loss in losses} == set(
        rows.loc[~rows["met"].fillna(value=True).astype(bool), "kpi_id"]
    )
    by_kpi = dict(zip(scored["kpi_id"], lost, strict=True))
    assert [loss.points for loss in losses] == [pytest.approx(by_kpi[loss.figure.kpi.id]) for loss in losses]
    assert [loss.points for loss in losses] == sorted((loss.points or 0 for loss in losses), reverse=True)
    total = report.rankings[(report.rankings["level"] == "office") & (report.rankings["office_id"] == "ZK")]["score"]
    assert 100 - lost.sum() == pytest.approx(total.item())


def figure(kpi_id: str, target: float, numerator: float, denominator: float) -> Figure:
    value = numerator / denominator * CATALOGUE[kpi_id].scale
    return Figure(CATALOGUE[kpi_id], value, target, None, None, None, None, None, value, numerator, denominator, {})


def test_what_the_rest_of_the_year_needs() -> None:
    # A quarter at 96 of 100 leaves three quarters that must bring 392 - 96 of 300.
    assert figure("inspection_completion", 98, 96, 100).needed("2026-03") == pytest.approx(100 * (392 - 96) / 300)
    assert figure("inspection_completion", 98, 50, 100).needed("2026-03") == "out_of_reach"
    assert figure("inspection_completion", 20, 99, 100).needed("2026-03") == "secured"
    assert figure("inspection_completion", 98, 96, 100).needed("2026-12") == "year_over"
    assert figure("tch_drop_rate", 2, 12, 100).needed("2026-03") == "out_of_reach"
    assert figure("tch_drop_rate", 2, 1, 100).needed("2026-03") == pytest.approx(100 * (8 - 1) / 300)
    assert figure("site_outages", 12, 1, 0.1).needed("2026-03") == "out_of_reach"


def test_moments_are_shown_in_business_time(report: MonthReport) -> None:
    html = render(replace(report, generated_at=datetime(2026, 3, 31, 16, 30, tzinfo=UTC), published_at=None))
    assert "2026-04-01 00:30" in html
    assert words.word("provisional")[1] in html


def test_the_best_office_alone_holds_the_red_flag(html: str, report: MonthReport) -> None:
    assert html.count('class="cloth"') == 1
    first = View(report).office_standings()[0]
    assert (first.rank, first.who[1]) == (1, "TR")


def test_two_offices_that_tie_share_the_flag(report: MonthReport) -> None:
    rankings = report.rankings.copy()
    rankings.loc[rankings["level"] == "office", ["score", "rank"]] = [90.0, 1]
    assert render(replace(report, rankings=rankings)).count('class="cloth"') == 4


def test_what_moved_a_score_adds_up_to_its_change(report: MonthReport) -> None:
    insight, view = Insight(report), View(report)
    for one in view.office_standings():
        found = insight.moves(one.who[1])
        assert sum(move.points for move in found) == pytest.approx(one.change, abs=1e-9)
        assert [abs(move.points) for move in found] == sorted((abs(move.points) for move in found), reverse=True)


def test_the_card_says_what_moved_and_what_meeting_a_target_would_bring(opened, report: MonthReport) -> None:
    card = opened.locator("#office-ZK")
    first = Insight(report).moves("ZK")[0]
    assert first.kpi.zh in card.locator(".moved li").first.inner_text()
    assert f"{first.points:+.1f}" in card.locator(".moved li").first.inner_text()
    assert "未及时发电" in card.inner_text()
    assert re.search(r"达标可得 \+\d+\.\d 分", card.inner_text())


def test_a_month_that_still_runs_is_no_verdict(report: MonthReport) -> None:
    moment, standings = datetime(2026, 3, 20, tzinfo=UTC), report.standings.assign(final=False)
    running = replace(report, generated_at=moment, published_at=None, standings=standings)
    html = render(running)
    assert words.word("so_far")[0] in html
    assert 'class="cloth"' not in html
    assert words.word("same_rank")[0] not in html
    assert "名次 1–4" not in html
    assert 'class="moved"' not in html
    assert "升至第" not in html
    assert "so far" in charts.score_chart(View(running), "en").decode()


def test_a_table_sorts_by_a_click_on_its_header(opened) -> None:
    def column() -> list[str]:
        return opened.locator("#gaps tbody td:nth-child(4)").all_inner_texts()

    header = opened.locator("#gaps thead th:nth-child(4)")
    header.get_by_role("button").click()
    assert (column(), header.get_attribute("aria-sort")) == (["410", "1,240"], "ascending")
    header.get_by_role("button").click()
    assert (column(), header.get_attribute("aria-sort")) == (["1,240", "410"], "descending")
    nearest = opened.locator("#gaps thead th:nth-child(6)").get_by_role("button")
    for _ in range(2):
        nearest.click()
        assert opened.locator("#gaps tbody td:nth-child(6)").all_inner_texts()[-1] == "—"


def test_the_rank_has_its_interval_and_the_flag_its_history(opened) -> None:
    first = opened.locator(".ranking li").first.inner_text()
    assert "今年红旗 3 次 · 连续 2 月" in first
    assert "名次 1–4" in first
    assert "3月" in opened.locator(".flags").inner_text()


def test_the_forecast_stands_beside_what_is_needed(opened) -> None:
    opened.locator("#year > details > summary").click()
    row = opened.locator("#year tbody tr").first
    assert "40 %" in row.inner_text()
    assert "80 % 落入区间" in opened.locator("#year .why").inner_text()


def test_what_is_folded_says_what_is_in_it(opened, report: MonthReport) -> None:
    view = View(report)
    lost = [one for one in view.figures(BRANCH) if one.needed(report.month) == "out_of_reach"]
    assert view.out_of_reach() == len(lost)
    hard = replace(report, scorecards=report.scorecards.assign(target=99.999))
    assert View(hard).out_of_reach() > len(lost)
    assert f"{View(hard).out_of_reach()} 项全年目标已无法达到" in render(hard)
    assert f"{len(view.incomplete())} 项有剔除" in opened.locator("#completeness > details > summary").inner_text()


def test_changes_on_cells_have_their_verdicts(opened) -> None:
    assert "改善 1" in opened.locator("#verdicts > details > summary").inner_text(), "what is folded says what is in it"
    opened.locator("#open-everything").click()
    first, second = opened.locator("#verdicts tbody tr").all_inner_texts()
    assert "改善" in first
    assert "-40 % -60 … -12" in " ".join(first.split())
    assert "为时尚早" in second
    assert "2026-04-05" in second
    assert "泽库 改善 1" in " ".join(opened.locator(".verdict-counts").inner_text().split())


def test_every_verdict_action_and_reason_has_words() -> None:
    for name in (*VERDICTS, *(f"reason_{reason}" for reason in VERDICT_REASONS)):
        assert words.word(name)
    for action in FEEDS["optimisation_actions"].column("action").words:
        assert words.word(f"action_{action}")


def test_the_map_is_in_the_page(opened) -> None:
    assert opened.locator(".map-picture img").evaluate("image => image.naturalWidth") == 1


def test_the_list_of_an_office_is_counted_beside_its_loss(report: MonthReport) -> None:
    loss = next(
        one for one in View(report).losses(("office", "ZK", "", "")) if one.figure.kpi.id == "generator_timeliness"
    )
    assert loss.listed == (report.late_outages["office_id"] == "ZK").sum()


def test_the_headline_puts_what_is_below_target_first(report: MonthReport) -> None:
    states = [one.met is False for one in View(report).headline(8)]
    assert states == sorted(states, reverse=True)
    assert len(states) == 8


def test_every_word_exists_in_both_languages() -> None:
    for table in (words.WORDS, words.SUBJECTS, words.LISTS, words.UNITS):
        for key, (zh, en) in table.items():
            assert zh, key
            assert en, key
    for key, (zh, en, list_key) in ACTIONS.items():
        assert key in CATALOGUE
        assert re.search("[\u4e00-\u9fff]", zh)
        assert not re.search("[\u4e00-\u9fff]", en)
        assert list_key in {"", *words.LISTS}


def test_a_long_list_says_what_it_leaves_out(report: MonthReport) -> None:
    many = pd.concat([report.worst_cells] * 20, ignore_index=True)
    assert "40 more are not listed" in render(replace(report, worst_cells=many))


def test_the_branch_total_is_not_ranked(report: MonthReport) -> None:
    assert View(report).standing(BRANCH).rank is None
