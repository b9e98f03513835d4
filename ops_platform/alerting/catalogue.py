"""Every watch and every rule, by name."""

from collections.abc import Mapping

from ops_platform.alerting.rules import Rule, Watch
from ops_platform.alerting.watches import (
    cells,
    complaints,
    contradictions,
    delivery,
    faults,
    feeds,
    halls,
    inspections,
    kpi_targets,
    outages,
    rota,
    sites,
)
from ops_platform.alerting.watches.runs import RUN_FAILED

WATCHES: Mapping[str, Watch] = {
    watch.name: watch
    for watch in (
        inspections.WATCH,
        outages.WATCH,
        sites.WATCH,
        faults.WATCH,
        complaints.WATCH,
        halls.WATCH,
        rota.WATCH,
        cells.WATCH,
        kpi_targets.WATCH,
        feeds.WATCH,
        contradictions.WATCH,
        delivery.WATCH,
    )
}
"""What sensors evaluate."""

WATCHDOG: Watch = delivery.watchdog(WATCHES)
"""What the dispatcher evaluates, because it looks at the sensors."""

RULES: Mapping[str, Rule] = {
    rule.id: rule for rule in (*(rule for watch in (*WATCHES.values(), WATCHDOG) for rule in watch.rules), RUN_FAILED)
}
