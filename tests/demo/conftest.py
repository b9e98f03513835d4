"""One small generation for all tests of the demonstration."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from ops_platform.demo import generate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("demo") / "out", scale=0.05)


@pytest.fixture(scope="session")
def kpis(demo: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(demo / "truth" / "kpis.parquet").to_pylist()
    return rows


@pytest.fixture(scope="session")
def rows(demo: Path) -> dict[str, dict[str, int]]:
    document: dict[str, dict[str, int]] = json.loads((demo / "truth" / "rows.json").read_text(encoding="utf-8"))
    return document
