"""Cases 17 to 19: what a publisher got wrong, totals that are no sums, numerators that were rounded. Nothing is mended.

A published figure is stored as it was published, so that our own computation can be held against it.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.intake.cases.builders import ods
from tests.intake.conftest import House, house_in
from tests.intake.test_mapping import save

REAL = Path(__file__).parents[3].parent / "shared" / "realdata" / "complaints_anatel"
FIGURES = "发布机构,运营商,指标项,月份,数值\n"
RESOLVED = "Quantidade de Sol. Resolvidas em até 5 dias"
COMPLAINTS = "Quantidade de reclamações"
RATE = "Taxa de Resolvidas em 5 dias Úteis"


def figures(house: House) -> dict[tuple[str, str, date], float]:
    rows = house.facts("published_figures").to_pylist()
    return {(row["operator"], row["variable"], row["month_on"]): row["value"] for row in rows}


def test_case_17_counts_and_a_rate_that_contradict_each_other_are_all_stored(empty_house: House) -> None:
    rows = [["GRUPO ECONÔMICO", "VARIÁVEL", "2014-02", "2014-03"]]
    rows += [["CLARO", COMPLAINTS, 8000, 9000], ["CLARO", RESOLVED, 8000, 9000], ["CLARO", RATE, 75.3333, 87.4001]]
    receipt = empty_house.receive("SMP2014.ods", ods({"SMP": rows}))
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (6, 0)
    found = figures(empty_house)
    for month, rate in ((date(2014, 2, 1), 75.3333), (date(2014, 3, 1), 87.4001)):
        assert found["Claro", RESOLVED, month] == found["Claro", COMPLAINTS, month]
        assert found["Claro", RATE, month] == rate


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL}")
def test_case_17_the_regulators_own_table_contradicts_itself_in_two_months(empty_house: House) -> None:
    content = (REAL / "SMP2014.ods").read_bytes()
    assert empty_house.receive("SMP2014.ods", content).rows_accepted == 862
    found = figures(empty_house)
    for month in (date(2014, 2, 1), date(2014, 3, 1)):
        for operator in ("Algar", "Claro", "Oi", "TIM", "Vivo"):
            assert found[operator, RESOLVED, month] == found[operator, COMPLAINTS, month]
            assert 75 <= found[operator, RATE, month] <= 87


OUTAGES = (
    "feed: planned_work\nfile: us*\ntime_zone: America/New_York\ncolumns: {work_id: id, site_id: site, "
    "starts_at: begin, ends_at: end, reason: {constant: outage}, approved_by: {constant: DOE}}\n"
)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("2026-03-07 23:00", "2026-03-08 05:00", 5),  # clocks went forward in the night
        ("2025-11-01 23:00", "2025-11-02 05:00", 7),  # and back
        ("2006-03-11 23:00", "2006-03-12 05:00", 6),  # in 2006 they went forward in April only
        ("2006-04-01 23:00", "2006-04-02 05:00", 5),
    ],
)
def test_case_17_a_duration_over_a_change_of_clocks_follows_the_rule_of_its_year(
    tmp_path: Path, known_network: Path, begin: str, end: str, hours: int
) -> None:
    """31 outages look wrong by an hour without this; 6 stay so, whose publisher used the rules of 2007 before 2007."""
    house = house_in(tmp_path, known_network, first_month=date(2006, 1, 1))
    save(house, OUTAGES)
    receipt = house.receive("us.csv", f"id,site,begin,end\nU1,S1,{begin},{end}\n")
    assert receipt.rows_accepted == 1, house.aside()
    [row] = house.facts("planned_work", receipt.partitions[0]).to_pylist()
    assert row["ends_at"] - row["starts_at"] == timedelta(hours=hours)


def test_case_17_areas_that_exceed_their_branch_are_stored_as_they_are(empty_house: House) -> None:
    rows = "甲,全省,分母,2026-03-01,1000\n甲,一县,分母,2026-03-01,600\n甲,二县,分母,2026-03-01,505\n"
    receipt = empty_house.receive("day.csv", FIGURES + rows)
    assert (receipt.rows_accepted, receipt.rows_quarantined) == (3, 0)
    found = figures(empty_house)
    assert found["一县", "分母", date(2026, 3, 1)] + found["二县", "分母", date(2026, 3, 1)] == 1105
    assert found["全省", "分母", date(2026, 3, 1)] == 1000


def test_case_18_a_total_that_is_no_sum_is_neither_derived_nor_corrected(house: House) -> None:
    """Cells without an area count in the total only: a total row is told and left out, and no row is made up."""
    head = "测评编号,单位编码,测评日期,测评类别,测评项目,得分合计,样本数\n"
    text = head + "T1,O1,2026-03-01,营业厅,环境,600,10\n合计,,,,,1000,15\n"
    receipt = house.receive("s.csv", text)
    assert (receipt.rows_read, receipt.rows_accepted) == (1, 1)
    assert "3 '合计'" in receipt.finding
    assert house.facts("service_surveys", "2026-03").column("score_sum").to_pylist() == [600]
    published = house.receive("f.csv", FIGURES + "甲,全省,话务,2026-03-01,1000\n甲,一县,话务,2026-03-01,600\n")
    assert published.rows_accepted == 2, "a total that is published is a figure like any other"
    assert figures(house)["全省", "话务", date(2026, 3, 1)] == 1000


def test_case_19_rounded_numerators_and_unrounded_ratios_keep_every_digit(empty_house: House) -> None:
    """The recomputed value differs by up to 7e-4; none of it is ours, so each KPI is compared with its tolerance."""
    ratio = 0.0152367918273645
    rows = f"甲,全省,分子,2026-03-01,17\n甲,全省,分母,2026-03-01,1163\n甲,全省,比率,2026-03-01,{ratio!r}\n"
    empty_house.receive("f.csv", FIGURES + rows)
    found = {variable: value for (_, variable, _), value in figures(empty_house).items()}
    assert found["比率"] == ratio
    assert abs(found["分子"] / found["分母"] - found["比率"]) == pytest.approx(6.2e-4, abs=1e-5)


def test_case_19_a_ratio_from_a_workbook_keeps_every_digit(empty_house: House) -> None:
    ratio = 1.0152367918273645
    rows = [["GRUPO ECONÔMICO", "VARIÁVEL", "2014-02"], ["CLARO", "Índice de Reclamações", ratio]]
    empty_house.receive("SMP2014.ods", ods({"SMP": rows}))
    assert list(figures(empty_house).values()) == [ratio]
