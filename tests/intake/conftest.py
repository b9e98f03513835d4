"""An empty installation, and one whose offices, sites and cells are known."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from ops_platform.contracts import FEEDS
from ops_platform.intake.fold import fold
from ops_platform.intake.quarantine import release
from ops_platform.intake.receive import Receipt, receive, receive_all
from ops_platform.settings import Settings
from ops_platform.state import QUARANTINE, RECEIPT, State, open_state
from ops_platform.warehouse import Warehouse

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
OFFICES = "单位编码,单位名称,单位英文名\nO1,甲县,County A\n"
SITES = (
    "基站编号,基站名称,单位编码,纬度,经度,区域类型,基站等级,是否具备固定油机,入网日期\n"
    "S1,一站,O1,30.1,110.1,农村,A,否,2020-01-01\nS2,二站,O1,30.2,110.2,城区,VIP,是,2020/1/2\n"
)
CELLS = "小区编号,基站编号,制式\nC1,S1,2G\nC2,S2,4G\n"


@dataclass(frozen=True)
class House:
    """One installation on a temporary disk."""

    folder: Path
    settings: Settings
    warehouse: Warehouse
    state: State

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def receive(self, name: str, content: str | bytes) -> Receipt:
        """Write a file and receive it."""
        return receive(self.file(name, content), self.warehouse, self.state, self.settings, NOW)

    def receive_all(self, *paths: Path) -> list[Receipt]:
        """Receive files together."""
        return receive_all(paths, self.warehouse, self.state, self.settings, NOW)

    def release(self, feed: str) -> list[Receipt]:
        """Release the rows that the arrival of a feed made understandable."""
        return release([feed], self.state, self.warehouse, self.settings, NOW)

    def aside(self) -> list[dict[str, Any]]:
        """Return the quarantined rows with the name of their file, in the order of receipts and lines."""
        query = sa.select(QUARANTINE, RECEIPT.c.file_name).join(RECEIPT, QUARANTINE.c.receipt_id == RECEIPT.c.id)
        return self.state.rows(query.order_by(RECEIPT.c.id, QUARANTINE.c.position))

    def facts(self, feed: str, partition: str = "") -> pa.Table:
        """Fold a partition of a feed."""
        return fold(FEEDS[feed], partition, self.warehouse)


def house_in(folder: Path, like: Path | None = None, **options: Any) -> House:
    """Open the installation below a folder, new where there is none, or made like another."""
    if like:
        shutil.copytree(like, folder / "home")
    settings = Settings(home=folder / "home", **options)
    return House(folder, settings, Warehouse(settings.warehouse), open_state(settings.state))


@pytest.fixture(scope="session")
def known_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make once what every test with known offices, sites and cells begins with."""
    house = house_in(tmp_path_factory.mktemp("known"))
    for name, content in {"offices.csv": OFFICES, "sites.csv": SITES, "cells.csv": CELLS}.items():
        assert house.receive(name, content).status == "accepted"
    return house.settings.home


@pytest.fixture
def empty_house(tmp_path: Path) -> House:
    return house_in(tmp_path)


@pytest.fixture
def house(tmp_path: Path, known_network: Path) -> House:
    return house_in(tmp_path, known_network)
