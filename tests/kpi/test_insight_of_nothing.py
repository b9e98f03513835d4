"""A month of which nothing is known has no changes, places, forecasts or verdicts, and says so without falling over."""

from pathlib import Path

import pytest

from ops_platform.contracts.scores import SCORECARDS
from ops_platform.facts import Facts
from ops_platform.kpi import change, outlook, ranking, scoring, verdicts
from ops_platform.policy import Policy
from tests.kpi.conftest import AS_OF, MONTH
from tests.maintenance.builders import store


@pytest.fixture(params=["without anything", "with a scorecard of nothing"])
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> Facts:
    if request.param == "without anything":
        return store(tmp_path)
    found = store(tmp_path, offices=[{"office_id": "O1"}, {"office_id": "O2"}])
    found.warehouse.write(SCORECARDS, scoring.scorecards(found, MONTH), MONTH)
    return found


def test_nothing_is_read_out_of_nothing(facts: Facts) -> None:
    assert change.score_changes(facts, MONTH, Policy(), AS_OF).num_rows == 0
    assert outlook.outlooks(facts, MONTH, AS_OF).num_rows == 0
    assert verdicts.change_verdicts(facts, MONTH, AS_OF).num_rows == 0
    for row in ranking.standings(facts, MONTH, AS_OF).to_pylist():
        assert row["score"] is None
        assert row["rank"] is None
