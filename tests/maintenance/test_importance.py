"""Who loses service when a site goes down: its own people and those of the sites behind it."""

import pandas as pd

from ops_platform.maintenance.importance import importance
from tests.maintenance.builders import Row, frame


def weights(*sites: Row) -> pd.DataFrame:
    return importance(frame("sites", *sites))


def test_those_behind_a_site_are_at_risk_with_it_however_far_behind() -> None:
    found = weights(
        {"site_id": "hub", "customers": 10},
        {"site_id": "near", "customers": 20, "upstream_site_id": "hub"},
        {"site_id": "far", "customers": 40, "upstream_site_id": "near"},
    )
    assert found["customers_at_risk"].to_dict() == {"hub": 70, "near": 60, "far": 40}
    assert found["sites_behind"].to_dict() == {"hub": 2, "near": 1, "far": 0}


def test_sites_in_a_circle_are_counted_once() -> None:
    found = weights(
        {"site_id": "a", "customers": 1, "upstream_site_id": "b"},
        {"site_id": "b", "customers": 2, "upstream_site_id": "a"},
    )
    assert found["customers_at_risk"].to_dict() == {"a": 3, "b": 3}
    assert found["sites_behind"].to_dict() == {"a": 1, "b": 1}


def test_what_is_not_known_is_not_nobody() -> None:
    found = weights({"site_id": "a"}, {"site_id": "b", "upstream_site_id": "a", "customers": 5}, {"site_id": "c"})
    assert found["customers_at_risk"].astype(object).where(found["customers_at_risk"].notna(), None).to_dict() == {
        "a": 5, "b": 5, "c": None,
    }  # fmt: skip


def test_what_comes_first_says_why() -> None:
    found = weights(
        {"site_id": "vip", "priority": "vip", "shared_by": 3},
        {"site_id": "hub", "shared_by": 2},
        {"site_id": "leaf", "upstream_site_id": "hub", "shared_by": 2},
        {"site_id": "own", "shared_by": 1},
        {"site_id": "?"},
    )
    assert found["comes_first"].to_dict() == {"vip": "vip", "hub": "cascade", "leaf": "shared", "own": "", "?": ""}
