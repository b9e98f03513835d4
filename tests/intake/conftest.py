"""An empty installation, and one whose offices, sites and cells are known."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from ops_platform.contracts import FEEDS
from ops_platform.intake.fold import fold
from ops_platform.intake.receive import Receipt, receive, receive_all
from ops_platform.settings import Settings
from ops_platform.state import State, open_state
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

    def facts(self, feed: str, partition: str = "") -> pa.Table:
        """Fold a partition of a feed."""
        return fold(FEEDS[feed], partition, self.warehouse)


@pytest.fixture
def empty_house(tmp_path: Path) -> House:
    settings = Settings(home=tmp_path / "home")
    return House(tmp_path, settings, Warehouse(settings.warehouse), open_state(settings.state))


@pytest.fixture
def house(empty_house: House) -> House:
    for name, content in {"offices.csv": OFFICES, "sites.csv": SITES, "cells.csv": CELLS}.items():
        assert empty_house.receive(name, content).status == "accepted"
    return empty_house
