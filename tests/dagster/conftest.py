"""An installation in a temporary folder, with the sensors evaluated by hand and runs kept in memory."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from ops_platform.channel_settings import WebhookSettings
from ops_platform.contracts import FEEDS, Contract
from ops_platform.definitions import build_definitions
from ops_platform.demo import MOMENT, generate
from ops_platform.platform import Platform
from ops_platform.settings import Settings
from ops_platform.state import RECEIPT
from ops_platform.ticks import Ticks

LONG_AGO_S = 1_000_000_000


@dataclass
class House:
    """One installation, the instance that records its runs, and the requests that its sensors made.

    Attributes
    ----------
    asked
        Job and request of every run made by `settle`, in order.
    """

    settings: Settings
    instance: dg.DagsterInstance
    asked: list[tuple[str, dg.RunRequest]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings.inbox.mkdir(parents=True, exist_ok=True)
        self.defs = build_definitions(self.settings)
        self.ticks = Ticks(self.defs, self.instance)

    @property
    def platform(self) -> Platform:
        """The platform that the definitions hand to assets and sensors."""
        platform: Platform = (self.defs.resources or {})["platform"]
        return platform

    def at(self, moment: datetime) -> "House":
        """Return the same installation, seen at another moment."""
        return House(self.settings.model_copy(update={"frozen_at": moment}), self.instance)

    def drop(self, *files: Path) -> None:
        """Put copies of files into the inbox, written long enough ago to be whole."""
        for file in files:
            target = self.settings.inbox / file.name
            shutil.copyfile(file, target)
            os.utime(target, (LONG_AGO_S, LONG_AGO_S))

    def settle(self, *sensors: str) -> list[tuple[str, dg.RunRequest]]:
        """Evaluate sensors and run what they ask for; return the jobs and requests."""
        made: list[tuple[str, dg.RunRequest]] = []
        self.ticks.settle(sensors, lambda job, request: made.append((job, request)))
        self.asked += made
        return made

    def tick(self, sensor: str) -> list[tuple[str, dg.RunRequest]]:
        """Evaluate one sensor; return what it asks for without running it."""
        return list(self.ticks.evaluate(sensor))

    def put(self, feed: str, rows: list[dict[str, Any]], partition: str = "") -> None:
        """Store facts of a feed; columns that are not named are empty."""
        contract = FEEDS[feed]
        whole = [{name: row.get(name) for name in contract.schema.names} for row in rows]
        self.platform.warehouse.write(contract, pa.Table.from_pylist(whole, schema=contract.schema), partition)

    def receipt(self, feed: str, partitions: list[str], months: list[str]) -> int:
        """Note an accepted file, as intake would, and return its number."""
        values = {
            "sha256": os.urandom(32).hex(), "feed": feed, "file_name": f"{feed}.csv", "received_at": MOMENT,
            "status": "accepted", "partitions": partitions, "months": months,
        }  # fmt: skip
        with self.platform.state.transaction() as connection:
            key = connection.execute(sa.insert(RECEIPT).values(values)).inserted_primary_key
        return int(key[0])  # type: ignore[index]

    def rows(self, contract: Contract, *partitions: str) -> list[dict[str, Any]]:
        """Return rows of a table."""
        found: list[dict[str, Any]] = self.platform.warehouse.read(contract, partitions or None).to_pylist()
        return found


def settings_of(home: Path, **changes: Any) -> Settings:
    """Return the settings of an installation at the demonstration's moment, whatever the environment says."""
    return Settings(home=home, **{"frozen_at": MOMENT, "state_url": "", "time_zone": "Asia/Shanghai", **changes})


@pytest.fixture(scope="module")
def module_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with dg.DagsterInstance.ephemeral() as instance:
        webhook = WebhookSettings(url=SecretStr("http://127.0.0.1:9/never-called"))
        yield House(settings_of(tmp_path_factory.mktemp("home"), channels={"webhook": webhook}), instance)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with dg.DagsterInstance.ephemeral() as instance:
        webhook = WebhookSettings(url=SecretStr("http://127.0.0.1:9/never-called"))
        yield House(settings_of(tmp_path / "home", channels={"webhook": webhook}, on_call_office="O1"), instance)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("demo") / "out", scale=0.05)
