"""What is measured of alerting, in the text form of Prometheus: all of it from the state, so any process tells it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import inf

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ops_platform.alerting.catalogue import WATCHDOG, WATCHES
from ops_platform.alerting.loops import Loop
from ops_platform.state import ATTEMPT, EPISODE, EVALUATION, OUTBOX, State

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS_S = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_STATES = ("pending", "claimed", "sent", "dead", "withdrawn")


class _Measured(Collector):
    def __init__(self, state: State, loops: Sequence[Loop], now: datetime) -> None:
        self._state, self._loops, self._now = state, loops, now

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._outbox()
        yield self._episodes()
        yield self._latency()
        yield self._attempts()
        yield self._evaluations()
        loops = GaugeMetricFamily("ops_loop_age_seconds", "Since a loop of this process did its work", labels=["loop"])
        for loop in self._loops:
            loops.add_metric([loop.name], loop.age_s)
        yield loops

    def _outbox(self) -> Iterator[Metric]:
        """Yield the outbox by state, what is in doubt, and how long the oldest waits."""
        query = sa.select(OUTBOX.c.state, sa.func.count().label("messages")).group_by(OUTBOX.c.state)
        counts = {row["state"]: row["messages"] for row in self._state.rows(query)}
        messages = GaugeMetricFamily("ops_outbox_messages", "Messages by state", labels=["state"])
        for name in _STATES:
            messages.add_metric([name], counts.get(name, 0))
        yield messages
        doubtful = sa.func.sum(sa.case((OUTBOX.c.in_doubt, 1), else_=0))
        waiting = sa.select(doubtful.label("in_doubt"), sa.func.min(OUTBOX.c.created_at).label("oldest"))
        (found,) = self._state.rows(waiting.where(OUTBOX.c.state.in_(["pending", "claimed"])))
        in_doubt = found["in_doubt"] or 0
        yield GaugeMetricFamily("ops_outbox_in_doubt", "Waiting messages that may have arrived", value=in_doubt)
        age_s = (self._now - found["oldest"]).total_seconds() if found["oldest"] else 0
        yield GaugeMetricFamily("ops_outbox_oldest_waiting_seconds", "Age of the oldest waiting message", value=age_s)

    def _episodes(self) -> Metric:
        metric = GaugeMetricFamily("ops_episodes", "Episodes that are not over", labels=["severity", "state"])
        by = EPISODE.c.severity, EPISODE.c.state
        query = sa.select(*by, sa.func.count().label("episodes")).where(EPISODE.c.resolved_at.is_(None)).group_by(*by)
        for row in self._state.rows(query):
            metric.add_metric([row["severity"], row["state"]], row["episodes"])
        return metric

    def _latency(self) -> Metric:
        metric = HistogramMetricFamily(
            "ops_delivery_seconds", "From when a message was due to when its channel accepted it", labels=["channel"]
        )
        # In whole seconds, because SQLite's arithmetic on moments knows no parts of them.
        epoch = sa.extract("epoch", OUTBOX.c.sent_at) - sa.extract("epoch", OUTBOX.c.created_at)
        took = sa.cast(epoch, sa.Integer).label("took_s")
        query = sa.select(OUTBOX.c.channel, took, sa.func.count().label("sent")).where(OUTBOX.c.state == "sent")
        rows = self._state.rows(query.group_by(OUTBOX.c.channel, took))
        for channel in sorted({row["channel"] for row in rows}):
            sent = [(row["took_s"], row["sent"]) for row in rows if row["channel"] == channel]
            buckets = [(str(bound), sum(count for s, count in sent if s <= bound)) for bound in (*BUCKETS_S, inf)]
            told = [(bound.replace("inf", "+Inf"), count) for bound, count in buckets]
            metric.add_metric([channel], told, sum(s * count for s, count in sent))
        return metric

    def _attempts(self) -> Metric:
        metric = CounterMetricFamily("ops_delivery_attempts", "Attempts by outcome", labels=["channel", "outcome"])
        by = OUTBOX.c.channel, ATTEMPT.c.outcome
        query = sa.select(*by, sa.func.count().label("attempts")).select_from(ATTEMPT.join(OUTBOX)).group_by(*by)
        for row in self._state.rows(query):
            metric.add_metric([row["channel"], row["outcome"]], row["attempts"])
        return metric

    def _evaluations(self) -> Metric:
        metric = GaugeMetricFamily("ops_evaluation_age_seconds", "Since a watch was last evaluated", labels=["watch"])
        at = {row["rule"]: row["at"] for row in self._state.rows(sa.select(EVALUATION.c.rule, EVALUATION.c.at))}
        for watch in (*WATCHES.values(), WATCHDOG):
            if evaluated := [at[rule.id] for rule in watch.rules if rule.id in at]:
                metric.add_metric([watch.name], (self._now - max(evaluated)).total_seconds())
        return metric


def metrics_text(state: State, loops: Iterable[Loop], now: datetime) -> bytes:
    """Return the metrics of an installation at a moment, and of the loops of this process."""
    registry = CollectorRegistry()
    registry.register(_Measured(state, list(loops), now))
    return generate_latest(registry)
