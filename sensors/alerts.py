"""One sensor for each watch: what the watch finds goes into the ledger; nothing is ever sent from here."""

import dagster as dg

from ops_platform.alerting.catalogue import WATCHES
from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.evaluation import evaluate
from ops_platform.alerting.ledger import Changes
from ops_platform.alerting.rules import Watch
from ops_platform.platform import Platform


def said(changes: Changes) -> dg.SkipReason:
    """Return what an evaluation did, in words, as the reason why it starts no run."""
    if changes.held:
        return dg.SkipReason("The clock has jumped; what is found is believed once the next evaluation agrees.")
    told = f"{len(changes.opened)} opened, {changes.kept} still open, {len(changes.resolved)} resolved"
    nobody = "".join(f"; nobody to tell of {rule} at {office or 'the branch'}" for rule, office in changes.unstaffed)
    return dg.SkipReason(f"{told}, {changes.enqueued} messages enqueued{nobody}")


def _sensor_of(watch: Watch) -> dg.SensorDefinition:
    description = f"{watch.says.zh}，写入告警台账，不发送。{watch.says.en}, into the ledger; never sends."

    @dg.sensor(name=watch.name, minimum_interval_seconds=watch.every_s, description=description)
    def look(platform: dg.ResourceParam[Platform]) -> dg.SkipReason:
        return said(evaluate(platform, watch, channels_of(platform.settings), platform.now()))

    return look


SENSORS = [_sensor_of(watch) for watch in WATCHES.values()]
