"""Work on the network: inspections, the work plan, faults, optimisation, the registers of the machine rooms."""

from datetime import timedelta

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch, Site
from ops_platform.demo.period import DAY, HOUR, MINUTE
from ops_platform.demo.places import Office

REPORT_LIMIT_S = {"critical": 15 * MINUTE, "major": 30 * MINUTE, "minor": 60 * MINUTE}
RESPONSE_LIMIT_S = 15 * MINUTE
REPAIR_LIMIT_S = 48 * HOUR
DUE_SOON_DAYS = 3
CAUSES = ("power", "transmission", "equipment", "environment", "antenna")
ITEMS = (
    ("01", "机房门锁与照明"),
    ("02", "蓄电池外观与端电压"),
    ("03", "开关电源模块"),
    ("04", "空调制冷"),
    ("05", "接地与防雷"),
    ("06", "天馈固定"),
)
TASKS = ("蓄电池容量测试", "接地电阻测量", "天馈驻波测试", "机房清洁", "光缆线路巡护", "油机保养")
BLAMELESS = ("plain", "unconfirmed", "exempt", "neighbour", "orphan", "over_month_end")
EXEMPT_KPIS = ("fault_report_timeliness", "fault_report_accuracy", "technical_response", "fault_repair_time",
               "fault_repair_in_limit")  # fmt: skip


class Inspections:
    """Plans one inspection a site and month and lets an office's people do them."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books) -> None:
        self.rng, self.branch, self.books, self.period = rng, branch, books, branch.period
        self._open: dict[str, list[tuple[int, int]]] = {}
        self._done: dict[str, list[int]] = {}
        self._stories: dict[str, list[str]] = {}

    def simulate(self) -> None:
        """Play every month, the open one included, and leave the alerts that are true at the present."""
        for office in self.branch.offices:
            forced = ["late", "undone", "inaccessible", "early", "undone_forever", "audit_failed", "audited"]
            if office.seed.exemplary:
                forced = ["inaccessible", "undone_forever", "audited"]
            for index, site in enumerate(s for s in self.branch.sites_of(office.office_id) if not s.special):
                self._stories[site.site_id] = [forced[index]] if index < len(forced) else []
            for site in self.branch.sites_of(office.office_id):
                for month in range(self.period.count + 1):
                    self._plan(office, site, month)
        self._alerts()

    def _story(self, office: Office, site: Site, month: int, due: int) -> str:
        forced = self._stories.get(site.site_id, [""])
        if site.special == "retired":
            return "in_time"
        if month == self.period.count:
            return self._june(site, due)
        if forced and forced[0]:
            wanted = forced[0]
            if month == self.period.count - 1 or wanted != "undone_forever":
                return str(wanted) if month or wanted == "audited" else "in_time"
        failure = office.seed.failure
        odds = np.array([1 - failure, failure * 0.45, failure * 0.3, 0.012, 0.003])
        return str(self.rng.choice(["in_time", "late", "undone", "inaccessible", "early"], p=odds / odds.sum()))

    def _june(self, site: Site, due: int) -> str:
        if self._stories.get(site.site_id, [""])[:1] == ["undone_forever"]:
            return "undone"
        if due > self.period.today:
            return "in_time" if self.rng.random() < 0.25 else "undone"  # noqa: PLR2004 - a quarter is done already
        return "undone" if self.rng.random() < 0.3 else "in_time"  # noqa: PLR2004 - some are overdue

    def _plan(self, office: Office, site: Site, month: int) -> None:
        starts = self.period.starts
        begins = (starts[month] - self.period.first).days
        june = month == self.period.count
        due = begins + (int(self.rng.integers(0, 26)) if june else int(self.rng.integers(14, 27)))
        if site.special in {"failed", "hazards"} or not (site.live(begins - 1) and site.live(due + 1)):
            return
        window = begins - 3 if june else begins
        story = self._story(office, site, month, due)
        done = self._done_at(story, window, due, june=june)
        if done is not None and done > self.period.moment:
            done = None
        self._write(office, site, (month, window, due), story, done)

    def _done_at(self, story: str, window: int, due: int, *, june: bool) -> int | None:
        clock = int(self.rng.integers(8 * HOUR, 18 * HOUR))
        if story in {"undone", "inaccessible", "undone_forever"}:
            return None
        if story == "late":
            return (due + int(self.rng.integers(1, 4))) * DAY + clock
        if story == "early":
            return max(0, (window - 2) * DAY) + clock if window > 1 else due * DAY + clock
        latest = min(due, self.period.today - 1) if june else due
        return int(self.rng.integers(max(window, latest - 9), latest + 1)) * DAY + clock

    def _write(self, office: Office, site: Site, when: tuple[int, int, int], story: str, done: int | None) -> None:
        month, window, due = when
        accessible = story != "inaccessible"
        audited = done is not None and (story.startswith("audit") or self.rng.random() < 0.12)  # noqa: PLR2004
        passed = story != "audit_failed" and self.rng.random() > office.seed.failure * 1.2
        keepers = self.branch.people(office.office_id, "maintenance")
        staff = site.staff_id if site.staff_id and self.rng.random() < 0.9 else keepers[month % len(keepers)]  # noqa: PLR2004
        row = self.books.add(
            "inspections", inspection_id=self.books.serial("inspections", "XJ"), site_id=site.site_id, staff_id=staff,
            window_starts_on=self.period.date(window), due_on=self.period.date(due), done_at=done,
            accessible=accessible, access_evidence=None if accessible else "业主外出联系记录（演示）", audited=audited,
            audit_passed=passed if audited else None,
        )  # fmt: skip
        done_day = None if done is None else done // DAY
        add = self.books.measures.add
        if accessible:
            in_window = done_day is not None and window <= done_day <= due
            add("inspection_completion", due, site.office_id, staff, in_window, 1)
        else:
            add("inspection_completion", due, site.office_id, staff, 0, 0, 1)
        if audited:
            add("inspection_quality", due, site.office_id, staff, passed, 1)
        if done_day is not None:
            self._done.setdefault(site.site_id, []).append(done_day)
            self._items(str(row["inspection_id"]), done_day)
        elif accessible:
            self._open.setdefault(site.site_id, []).append((window, due))
        self.books.scenarios[f"inspection_{story}"] += 1

    def _items(self, inspection_id: str, day: int) -> None:
        for code, name in ITEMS:
            draw = self.rng.random()
            result = "ok" if draw < 0.93 else "nok" if draw < 0.97 else "na"  # noqa: PLR2004 - shares of the answers
            self.books.add(
                "inspection_items", inspection_id=inspection_id, item_code=code, item_name=f"{name}（演示）",
                inspected_on=self.period.date(day), result=result, remark="需整改，已登记" if result == "nok" else None,
            )  # fmt: skip

    def _alerts(self) -> None:
        today = self.period.today
        for site_id, open_ones in self._open.items():
            done = self._done.get(site_id, [])
            if any(due < today and not any(day >= window for day in done) for window, due in open_ones):
                self.books.alerts["inspection_overdue"].append(site_id)
            if any(today <= due <= today + DUE_SOON_DAYS for _, due in open_ones):
                self.books.alerts["inspection_due_soon"].append(site_id)


class Faults:
    """Plays fault work orders."""

    def __init__(self, rng: np.random.Generator, branch: Branch, books: Books) -> None:
        self.rng, self.branch, self.books, self.period = rng, branch, books, branch.period

    def simulate(self) -> None:
        """Play every story once an office, then the ordinary ones, then June's."""
        stories = ("plain", "late_report", "unreported", "wrong_cause", "unconfirmed", "late_response", "unanswered",
                   "slow_repair", "unrepaired", "exempt", "neighbour", "orphan", "over_month_end")  # fmt: skip
        for office in self.branch.offices:
            sites = [site for site in self.branch.sites_of(office.office_id) if not site.special]
            for story in BLAMELESS if office.seed.exemplary else stories:
                day = int(self.rng.integers(1, self.period.closed_days - 4))
                self._play(office, sites[int(self.rng.integers(len(sites)))], day, story)
            bad = office.seed.failure
            odds = np.array([1 - bad * 2, bad * 0.5, bad * 0.1, bad * 0.4, 0.02, bad * 0.5, bad * 0.1, bad * 0.25,
                             bad * 0.02, 0.01, 0.02, 0.02, 0.0]).clip(0)  # fmt: skip
            for _ in range(round(len(sites) * 0.33 * (self.period.count + 0.1))):
                day = int(self.rng.integers(0, self.period.today - 1))
                story = str(self.rng.choice(stories, p=odds / odds.sum()))
                self._play(office, sites[int(self.rng.integers(len(sites)))], day, story)

    def _staff(self, office: Office, story: str) -> str | None:
        home = office.office_id
        if story == "neighbour":
            home = next(other.office_id for other in self.branch.offices if other.office_id != home)
        keepers = self.branch.people(home, "maintenance")
        return None if story == "orphan" else keepers[int(self.rng.integers(len(keepers)))]

    def _play(self, office: Office, site: Site, day: int, story: str) -> None:
        rng = self.rng
        kind = str(rng.choice(["critical", "major", "minor"], p=[0.15, 0.45, 0.4]))
        occurred = day * DAY + int(rng.integers(0, 23 * HOUR))
        limit = REPORT_LIMIT_S[kind]
        wait = limit + int(rng.integers(120, 3 * HOUR)) if story == "late_report" else int(rng.integers(60, limit - 90))
        if story == "over_month_end":
            edge = self.period.edges[int(rng.integers(1, self.period.count))]
            occurred, wait, kind = edge * DAY - 10 * MINUTE, 20 * MINUTE, "major"
        reported = None if story == "unreported" else occurred + wait
        answer = (
            int(rng.integers(RESPONSE_LIMIT_S + 90, HOUR * 2))
            if story == "late_response"
            else int(rng.integers(60, 800))
        )
        responded = None if story in {"unanswered", "unreported"} or reported is None else reported + answer
        length = int(min(rng.lognormal(9.6, 0.8), 40 * HOUR)) + 3 * HOUR
        if story == "slow_repair":
            length = REPAIR_LIMIT_S + int(rng.integers(HOUR, 30 * HOUR))
        repaired = self.books.seen(occurred + length) if story != "unrepaired" else None
        confirmed = None if story == "unconfirmed" else str(rng.choice(CAUSES))
        wrong = CAUSES[(CAUSES.index(confirmed) + 1) % len(CAUSES)] if confirmed else CAUSES[0]
        cause = wrong if story == "wrong_cause" or confirmed is None else confirmed
        staff = self._staff(office, story)
        row = self.books.add(
            "faults", fault_id=self.books.serial("faults", "GZ"), site_id=site.site_id, staff_id=staff,
            fault_class=kind, occurred_at=occurred, reported_at=reported, responded_at=responded,
            repaired_at=repaired, reported_cause=None if reported is None else cause, confirmed_cause=confirmed,
            story=story,
        )  # fmt: skip
        self.books.scenarios[f"fault_{story}"] += 1
        if story == "exempt":
            for kpi_id in EXEMPT_KPIS:
                self.books.exclusion(kpi_id, (occurred, occurred + DAY // 2), "other", event_id=str(row["fault_id"]))
        self._measure(site, row, story)

    def _measure(self, site: Site, row: dict[str, int | str | None], story: str) -> None:
        add, office_id = self.books.measures.add, site.office_id
        staff = None if row["staff_id"] is None else str(row["staff_id"])
        occurred = int(row["occurred_at"] or 0)
        day = occurred // DAY
        if story == "exempt":
            for kpi_id in EXEMPT_KPIS:
                at = int(row["reported_at"] or 0) // DAY if kpi_id == "technical_response" else day
                add(kpi_id, at, office_id, staff, 0, 0, 1)
            return
        add("fault_report_timeliness", day, office_id, staff, story not in {"late_report", "unreported"}, 1)
        if row["confirmed_cause"] is None:
            add("fault_report_accuracy", day, office_id, staff, missing=1)
        else:
            add("fault_report_accuracy", day, office_id, staff, story not in {"wrong_cause", "unreported"}, 1)
        if row["reported_at"] is not None:
            answered = story not in {"late_response", "unanswered"}
            add("technical_response", int(row["reported_at"]) // DAY, office_id, staff, answered, 1)
        repaired = row["repaired_at"]
        if repaired is not None:
            add("fault_repair_time", day, office_id, staff, int(repaired) - occurred, 1)
        add("fault_repair_in_limit", day, office_id, staff, story not in {"slow_repair", "unrepaired"}, 1)


def simulate_work_plan(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Play the work plan: done in time, late, not accepted, undone, and items nobody is responsible for."""
    period = branch.period
    for office in branch.offices:
        keepers, failure = branch.people(office.office_id, "maintenance"), office.seed.failure
        for month, start in enumerate(period.edges):
            stories = ["in_time", "late", "undone", "refused", "unjudged"] if month < period.count else []
            staged = [] if office.seed.exemplary else stories
            odds = np.array([1 - failure, failure * 0.4, failure * 0.3, failure * 0.2, failure * 0.1])
            drawn = [str(rng.choice(stories or ["in_time"], p=odds if stories else None)) for _ in range(30)]
            for index, story in enumerate(staged + drawn):
                due = start + int(rng.integers(5, 28)) if month < period.count else start + int(rng.integers(0, 28))
                done = due + int(rng.integers(1, 5)) if story == "late" else due - int(rng.integers(0, 5))
                over = story == "undone" or done > period.today - 1
                staff = None if index == 5 else keepers[index % len(keepers)]  # noqa: PLR2004 - one item nobody has
                books.add(
                    "work_plan_items", item_id=books.serial("work_plan_items", "ZY"), office_id=office.office_id,
                    staff_id=staff, title=f"{TASKS[index % len(TASKS)]}（演示）", due_on=period.date(due),
                    done_on=None if over else period.date(done),
                    accepted=None if over or story == "unjudged" else story != "refused",
                )  # fmt: skip
                books.measures.add(
                    "work_plan_completion", due, office.office_id, staff, story == "in_time" and not over, 1
                )
                books.scenarios[f"work_plan_{story}"] += 1


def simulate_registers(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Write what carries no KPI: acceptance tests, room access, parts, instruments, optimisation, the duty rota."""
    period = branch.period
    edge = period.edges[1]
    tests = (("failed", 7, False, 3), ("hazards", edge - 4, True, 2), ("passing", edge + 2, False, 1),
             ("passing", edge + 15, True, 0))  # fmt: skip
    for index, (special, day, passed, hazards) in enumerate(tests, 1):
        site = branch.special(special)
        books.add(
            "acceptance_tests", test_id=f"DEMO-YS{index:03d}", site_id=site.site_id, tested_on=period.date(day),
            passed=passed, open_hazards=hazards, staff_id=branch.people(site.office_id, "maintenance")[0],
        )  # fmt: skip
    for _ in range(max(12, len(branch.sites))):
        site = branch.sites[int(rng.integers(len(branch.sites)))]
        entered = int(rng.integers(8 * HOUR, period.moment - HOUR))
        books.add(
            "room_access", access_id=books.serial("room_access", "CR"), site_id=site.site_id, visitor="演示人员",
            purpose="巡检（演示）", entered_at=entered, left_at=books.seen(entered + int(rng.integers(900, 3 * HOUR))),
        )  # fmt: skip
        cell = branch.cells[int(rng.integers(len(branch.cells)))]
        books.add(
            "optimisation_actions", action_id=books.serial("optimisation_actions", "YH"), cell_id=cell.cell_id,
            action=str(rng.choice(["tilt", "power", "parameter"])), old_value="4", new_value="6", done_at=entered,
            staff_id=branch.people(cell.site.office_id, "maintenance")[0],
        )  # fmt: skip
    for office in branch.offices:
        for index, name in enumerate(("整流模块", "蓄电池组", "光模块", "射频单元"), 1):
            books.add(
                "spare_parts", office_id=office.office_id, part_id=f"DEMO-BJ{index:02d}", part_name=f"{name}（演示）",
                quantity=int(rng.integers(0, 12)), minimum_quantity=3, counted_on=period.date(period.closed_days - 1),
            )  # fmt: skip
            books.add(
                "instruments", instrument_id=f"DEMO-YB{office.office_id[-2:]}{index}",
                instrument_name=f"测试仪{index}（演示）", office_id=office.office_id,
                calibrated_on=period.first - timedelta(days=200),
                calibration_due_on=period.first + timedelta(days=int(rng.integers(60, 165))),
            )  # fmt: skip
