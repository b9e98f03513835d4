"""The made-up branch through intake: the watches find what is the matter there, and the rota who is on duty."""

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from ops_platform.alerting.catalogue import WATCHES
from ops_platform.alerting.rota import rota_between
from ops_platform.contracts import FEEDS
from ops_platform.demo import generate
from ops_platform.demo.period import MOMENT
from ops_platform.intake.fold import fold
from ops_platform.intake.receive import receive_all
from ops_platform.platform import Platform
from ops_platform.settings import Settings


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("demo") / "out", scale=0.05, months=2)


@pytest.fixture(scope="module")
def branch(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    platform = Platform(Settings(home=tmp_path_factory.mktemp("home"), frozen_at=MOMENT, on_call_office="632301"))
    inbox = Path(shutil.copytree(demo / "inbox", platform.settings.inbox))
    files = [path for path in sorted(inbox.iterdir()) if not path.name.startswith(("cell_counters", "A2026"))]
    receipts = receive_all(files, platform.warehouse, platform.state, platform.settings, platform.now())
    touched = {(receipt.feed, key) for receipt in receipts for key in receipt.partitions}
    for feed, key in sorted(touched):
        platform.warehouse.write(FEEDS[feed], fold(FEEDS[feed], key, platform.warehouse), key)
    assert {"duty_overrides", "hall_queues", "duty_rota"} <= {feed for feed, _ in touched}
    return platform


def truth(demo: Path, name: str) -> Any:
    return json.loads((demo / "truth" / name).read_text(encoding="utf-8"))


def test_what_is_true_now_is_the_truth(branch: Platform, demo: Path) -> None:
    now, found = branch.now(), defaultdict(list)
    for watch in WATCHES.values():
        for condition in watch.find(branch, now):
            if condition.true_at <= now:
                found[condition.rule.id].append(condition.subject)
    assert {rule: sorted(subjects) for rule, subjects in found.items()} == truth(demo, "alerts.json")


def test_there_is_something_of_every_new_kind(demo: Path) -> None:
    alerts = truth(demo, "alerts.json")
    kinds = (
        "generator_not_dispatched site_down fault_repair_late complaint_overdue complaint_due_soon_priority rota_gap"
    )
    assert {*kinds.split(), "hall_queue_1", "hall_queue_2"} <= set(alerts)


def test_the_people_on_duty_are_the_true_ones(branch: Platform, demo: Path) -> None:
    rota = rota_between(branch, branch.now(), branch.now())
    true = truth(demo, "on_duty.json")
    assert len(true) == 4
    for office_id, steps in true.items():
        for step, staff_id in steps.items():
            (person,) = rota.at(office_id, branch.now(), int(step))
            assert person.staff_id == staff_id, (office_id, step)
    assert rota.at("632324", branch.now(), 3)[0].language == "en"
