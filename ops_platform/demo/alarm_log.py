"""The alarms of one office as an operations centre logs them: a line per raise and per clear, in no good order."""

import csv
import io
from collections import defaultdict
from pathlib import Path

import numpy as np

from ops_platform.demo.books import Row
from ops_platform.demo.branch import Branch
from ops_platform.demo.export import Tally
from ops_platform.demo.period import DAY, HOUR

NAMES = {
    "mains_failure": "Mains Failure", "battery_discharging": "Battery Discharging", "low_voltage": "DC Undervoltage",
    "generator_running": "Generator Running", "site_down": "NE Is Disconnected", "transmission": "光路中断",
}  # fmt: skip
PREFIXES = ("", "BTS_", "RR_")
REPEATED = 0.05
FLAPS_A_MONTH = 6
Line = tuple[str, str, str, int, str]
"""Source, site, alarm, moment, severity or ``cleared``."""


def write_alarm_log(
    rng: np.random.Generator, branch: Branch, alarms: list[Row], inbox: Path, tally: Tally
) -> list[Row]:
    """Write the alarms of the second office as lines of a log, a file a month, and return the other alarms."""
    office = branch.offices[1].office_id
    sites = {site.site_id for site in branch.sites_of(office)}
    logged = _one_after_the_other([row for row in alarms if row["site_id"] in sites and row["kind"] in NAMES])
    lines: list[Line] = []
    for row in logged:
        raised, cleared = row["raised_at"], row["cleared_at"]
        source, site, name = row["source"], row["site_id"], NAMES[row["kind"]]
        lines.append((source, site, name, raised, row["severity"]))
        if cleared is not None:
            lines.append((source, site, name, cleared, "cleared"))
        if rng.random() < REPEATED and (cleared is None or cleared > raised + 1):
            lines.append((source, site, name, raised + 1, row["severity"]))
    lines += _flaps(rng, branch, logged, sorted(sites))
    _write(rng, branch, lines, inbox, tally)
    gone = {row["alarm_id"] for row in logged}
    return [row for row in alarms if row["alarm_id"] not in gone]


def _one_after_the_other(alarms: list[Row]) -> list[Row]:
    """Return the alarms that a log can tell: of one source and kind at a site never two at a time."""
    found: list[Row] = []
    until: dict[tuple[str, str, str], float] = {}
    for row in sorted(alarms, key=lambda row: (row["raised_at"], row["alarm_id"])):
        key = (row["source"], row["site_id"], row["kind"])
        if row["raised_at"] > until.get(key, -1):
            found.append(row)
            until[key] = float("inf") if row["cleared_at"] is None else row["cleared_at"]
    return found


def _flaps(rng: np.random.Generator, branch: Branch, alarms: list[Row], sites: list[str]) -> list[Line]:
    """Return mains alarms of no length, cleared by another clock before they were raised; far from any real one."""
    busy: dict[str, list[int]] = defaultdict(list)
    for row in alarms:
        busy[row["site_id"]] += [row["raised_at"], row["cleared_at"] or branch.period.moment]
    lines: list[Line] = []
    for _ in range(FLAPS_A_MONTH * branch.period.count):
        site = sites[int(rng.integers(len(sites)))]
        at = int(rng.integers(DAY, branch.period.moment - DAY))
        if all(abs(at - moment) > 30 * HOUR for moment in busy[site]):
            lines += [("U2020", site, NAMES["mains_failure"], at - 64, "cleared")]
            lines += [("U2020", site, NAMES["mains_failure"], at, "major")]
            busy[site].append(at)
    return lines


def _write(rng: np.random.Generator, branch: Branch, lines: list[Line], inbox: Path, tally: Tally) -> None:
    months: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        months[f"{branch.period.local(line[3]):%Y-%m}"].append(line)
    for month, mine in sorted(months.items()):
        # Near each other in time, but not in order.
        mine.sort(key=lambda line: line[3] + int(rng.integers(0, HOUR)))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for source, site, name, at, said in mine:
            moment = branch.period.local(at)
            prefix = PREFIXES[int(rng.integers(len(PREFIXES)))]
            writer.writerow([source, prefix + site, name, f"{moment:%Y-%m-%d %H:%M:%S}", said])
        file = f"neteco_{month}.csv"
        (inbox / file).write_text(text.getvalue(), encoding="utf-8")
        tally.count("alarm_events", file, len(mine))
