"""How a sensor hands what it found to the ledger: the one place that joins conditions, the rota and the channels."""

from collections.abc import Collection, Iterable

import dagster as dg

from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.ledger import reconcile
from ops_platform.alerting.rota import Recipient, on_duty
from ops_platform.alerting.rules import Condition
from ops_platform.platform import Platform


def record(platform: Platform, rules: Collection[str], conditions: Iterable[Condition]) -> dg.SkipReason:
    """Bring the ledger in line with an evaluation and say in words what changed."""
    now = platform.now()

    def people(office_id: str) -> list[Recipient]:
        # Read here, because most evaluations have nobody to tell.
        return on_duty(platform.facts.whole("duty_rota"), platform.facts.whole("staff"), office_id, now)

    changes = reconcile(
        platform.state,
        rules,
        conditions,
        lambda office_id: people(office_id) or people(platform.settings.on_call_office),
        channels_of(platform.settings),
        platform.settings,
        now,
    )
    if changes.held:
        return dg.SkipReason("The clock stands before the last evaluation; nothing was changed.")
    told = f"{len(changes.opened)} opened, {len(changes.kept)} still open, {len(changes.resolved)} resolved"
    nobody = "".join(f"; nobody to tell of {rule} at {office or 'the branch'}" for rule, office in changes.unstaffed)
    return dg.SkipReason(f"{told}, {changes.enqueued} messages enqueued{nobody}")
