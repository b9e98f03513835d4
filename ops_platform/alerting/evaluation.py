"""One look at a watch: what is the matter goes into the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial

from ops_platform.alerting.channels import Channel
from ops_platform.alerting.desk import Desk
from ops_platform.alerting.ledger import Changes, reconcile
from ops_platform.alerting.links import link
from ops_platform.alerting.planned_work import silence, silenced
from ops_platform.alerting.rota import Recipient, Rota, rota_between
from ops_platform.alerting.rules import Condition, Rule, Watch
from ops_platform.platform import Platform


def desk_of(platform: Platform, channels: Mapping[str, Channel], now: datetime) -> Desk:
    """Return the desk of an installation at a moment; the rota is read when first asked for."""

    @cache
    def rota() -> Rota:
        return rota_between(platform, now, now)

    def on_duty(office_id: str, step: int) -> Sequence[Recipient]:
        return rota().at(office_id, now, step)

    return Desk(on_duty, channels, platform.settings, partial(link, platform.settings))


def evaluate(platform: Platform, watch: Watch, channels: Mapping[str, Channel], now: datetime) -> Changes:
    """Look for what a watch looks for and bring the ledger in line; never sends. Planned work silences its site."""
    conditions = list(watch.find(platform, now))
    if any(condition.site_id for condition in conditions):
        conditions = list(silence(conditions, silenced(platform.facts, now)))
    return write_down(platform, watch.rules, watch.every_s, conditions, channels, now)


def write_down(
    platform: Platform,
    rules: Iterable[Rule],
    every_s: int,
    conditions: Iterable[Condition],
    channels: Mapping[str, Channel],
    now: datetime,
) -> Changes:
    """Bring the ledger in line with what was found for some rules; parameters as of a `Watch`."""
    ids, every = [rule.id for rule in rules], timedelta(seconds=every_s)
    return reconcile(platform.state, ids, conditions, desk_of(platform, channels, now), now, every)
