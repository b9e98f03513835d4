"""Every watch and every rule, by name."""

from collections.abc import Mapping

from ops_platform.alerting.rules import Rule, Watch
from ops_platform.alerting.watches import complaints, faults, halls, inspections, outages, rota, sites
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
    )
}

RULES: Mapping[str, Rule] = {
    rule.id: rule for rule in (*(rule for watch in WATCHES.values() for rule in watch.rules), RUN_FAILED)
}
