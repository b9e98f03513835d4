"""Power events of one month, or open now, from the stored facts."""

from datetime import datetime

import pandas as pd

from ops_platform.clock import shift_month
from ops_platform.contracts.derived import MAINS_OUTAGES, SITE_OUTAGES
from ops_platform.facts import Facts, in_month
from ops_platform.maintenance import alarm_log, generation
from ops_platform.policy import PowerPolicy

MONTHS_OF_LOGS_BEFORE = 2
"""How far back a log is read: what was raised earlier and has not been cleared since is no longer looked at."""


def power_facts(facts: Facts, month: str, policy: PowerPolicy) -> generation.PowerFacts:
    """Return the facts from which the power events of a month are derived, the neighbouring months included."""
    return generation.PowerFacts(
        sites=facts.whole("sites"),
        acceptance_tests=facts.whole("acceptance_tests"),
        alarms=_alarms(facts, month, policy),
        generator_runs=facts.around_month("generator_runs", month),
        planned_work=facts.around_month("planned_work", month),
        exclusions=facts.around_month("exclusions", month),
    )


def month_events(facts: Facts, month: str, policy: PowerPolicy, as_of: datetime) -> dict[str, pd.DataFrame]:
    """Return the mains outages and site outages that began in a month, by table name."""
    known = power_facts(facts, month, policy)
    downs = generation.site_outages(known, policy, facts.zone)
    mains = generation.mains_outages(known, downs, policy, facts.zone, as_of)
    return {
        SITE_OUTAGES.name: downs[in_month(facts.local_date(downs["down_at"]), month)],
        MAINS_OUTAGES.name: mains[in_month(facts.local_date(mains["failed_at"]), month)],
    }


def _alarms(facts: Facts, month: str, policy: PowerPolicy) -> pd.DataFrame:
    """Return the alarms that arrived as such, and those of logs."""
    alarms = facts.around_month("alarms", month)
    lines = facts.month("alarm_events", shift_month(month, 1), before=MONTHS_OF_LOGS_BEFORE + 1)
    if lines.empty:
        return alarms
    logged = alarm_log.alarms_of(lines, policy.clear_before_raise_s).astype(alarms.dtypes.to_dict())
    return pd.concat([alarms, logged], ignore_index=True)
