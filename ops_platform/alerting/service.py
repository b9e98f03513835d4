"""The process behind ``ops dispatch``: delivers, carries groups along as time passes, watches, and shows that it lives.

Everything it does is safe to be done by two of them at once, and by Dagster beside them.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from ops_platform.alerting import heartbeat, reminding
from ops_platform.alerting.catalogue import WATCHDOG
from ops_platform.alerting.channels import Channel
from ops_platform.alerting.channels.alertmanager import AlertmanagerChannel
from ops_platform.alerting.dispatcher import drain
from ops_platform.alerting.evaluation import desk_of, evaluate
from ops_platform.alerting.groups import advance, audit
from ops_platform.alerting.loops import Loop
from ops_platform.alerting.watches.delivery import DISPATCH
from ops_platform.alerting.web.app import application
from ops_platform.alerting.web.server import HOST, serve
from ops_platform.platform import Platform
from ops_platform.state import HEARTBEAT, State

LONGEST_JUMP = timedelta(minutes=10)
"""A clock that jumps further while the process runs is not believed before it has stood by it for"""
DOUBT_S = 30.0
AUDIT_EVERY_S = 60.0
_BEATING = 6325
"""The number under which one process beats at a time, so that no two are the first."""
_MISSING = "missing: "

_LOG = logging.getLogger(__name__)


class SteadyClock:
    """A clock that does not believe a jump at once.

    Parameters
    ----------
    wall
        Tells the time.
    elapsed
        Seconds of a clock that nobody sets.
    """

    def __init__(self, wall: Callable[[], datetime], elapsed: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._last: tuple[datetime, float] | None = None
        self._doubted_since: float | None = None

    def now(self) -> datetime | None:
        """Return the time, or None while a jump is not believed."""
        wall, elapsed = self._wall(), self._elapsed()
        if self._last:
            expected = self._last[0] + timedelta(seconds=elapsed - self._last[1])
            if abs(wall - expected) > LONGEST_JUMP:
                self._doubted_since = self._doubted_since or elapsed
                if elapsed - self._doubted_since < DOUBT_S:
                    return None
        self._last, self._doubted_since = (wall, elapsed), None
        return wall


def run(platform: Platform, channels: Mapping[str, Channel], stop: threading.Event) -> None:
    """Do the process's work until told to stop; what is under way then is finished and marked.

    Each channel has a thread of its own, so that a dead one holds up no other.
    """
    for line in in_words(platform, channels):
        _LOG.log(logging.WARNING if line.startswith(_MISSING) else logging.INFO, line)
    loops: list[Loop] = []
    loops += _loops(platform, channels, loops)
    works: list[Callable[[], None]] = [partial(loop.run, stop) for loop in loops]
    if port := platform.settings.alerts.port:
        works.append(lambda: serve(application(platform, channels, loops), port, stop))
    with ThreadPoolExecutor(len(works), thread_name_prefix="dispatch") as threads:
        running = [threads.submit(_until_one_fails, work, stop) for work in works]
    for work in running:
        work.result()


def in_words(platform: Platform, channels: Mapping[str, Channel]) -> Iterator[str]:
    """Yield what of alerting is set up and what is missing, without anything secret."""
    settings, alerts = platform.settings, platform.settings.alerts
    if channels:
        yield f"channels in force: {', '.join(channels)}"
    else:
        yield f"{_MISSING}no alert channel is configured (OPS_CHANNELS__<NAME>__KIND); nothing will be delivered"
    if alerts.url:
        key = "the secret of OPS_ALERTS__SECRET" if alerts.has("secret") else f"the key in {settings.link_key}"
        yield f"messages carry links to {alerts.url}, signed with {key}"
    else:
        yield f"{_MISSING}no address for links (OPS_ALERTS__URL); messages say `ops alerts ack NUMBER` instead"
    if alerts.port:
        yield f"page, /healthz and /metrics at http://{HOST}:{alerts.port}"
    else:
        yield f"{_MISSING}no page, health and metrics (OPS_ALERTS__PORT=0)"
    if alerts.has("heartbeat_url"):
        yield "somebody outside is told every minute that alerting lives"
    else:
        yield f"{_MISSING}nobody outside hears when this process stops (OPS_ALERTS__HEARTBEAT_URL)"
    if not settings.on_call_office:
        yield f"{_MISSING}no on-call office (OPS_ON_CALL_OFFICE); what concerns the whole branch reaches nobody"
    if settings.frozen_at:
        yield f"the clock stands still at {settings.frozen_at} (OPS_FROZEN_AT)"


def beat(state: State, name: str, now: datetime) -> None:
    """Write down that a process lives."""
    with state.transaction(_BEATING) as connection:
        mine = HEARTBEAT.c.name == name
        if not connection.execute(HEARTBEAT.update().where(mine).values(beat_at=now)).rowcount:
            connection.execute(HEARTBEAT.insert(), {"name": name, "beat_at": now})


def _loops(platform: Platform, channels: Mapping[str, Channel], all_of_them: Sequence[Loop]) -> Iterator[Loop]:
    """Yield the work of the process; the heartbeat speaks for all loops, once they are all there."""
    state, clock = platform.state, SteadyClock(platform.now)
    for name, channel in channels.items():
        deliver = partial(_deliver, state, {name: channel}, platform.now)
        yield Loop(f"deliver over {name}", deliver, longest_s=channel.deadline_s)
        if isinstance(channel, AlertmanagerChannel):
            again = partial(_remind, state, channel, platform.now)
            yield Loop(f"remind {name}", again, reminding.EVERY_S, channel.deadline_s)
    yield Loop("carry along", partial(_carry_along, platform, channels, clock))
    yield Loop("audit", partial(_audit, platform, channels, SteadyClock(platform.now)), AUDIT_EVERY_S)
    yield Loop("watch the sensors", partial(_watch, platform, channels), WATCHDOG.every_s)
    if platform.settings.alerts.has("heartbeat_url"):
        tell = partial(_tell_outside, platform, all_of_them)
        yield Loop("tell outside", tell, heartbeat.EVERY_S, heartbeat.DEADLINE_S)


def _deliver(state: State, channels: Mapping[str, Channel], now_fn: Callable[[], datetime]) -> bool:
    return drain(state, channels, now_fn, limit=1).attempts > 0


def _remind(state: State, channel: AlertmanagerChannel, now_fn: Callable[[], datetime]) -> bool:
    outcome = reminding.remind(state, channel, now_fn())
    if outcome.kind != "accepted":
        _LOG.warning("%s was not reminded of what is open: %s", channel.name, outcome.answer)
    return False


def _watch(platform: Platform, channels: Mapping[str, Channel]) -> bool:
    evaluate(platform, WATCHDOG, channels, platform.now())
    return False


def _tell_outside(platform: Platform, loops: Sequence[Loop]) -> bool:
    heartbeat.tell_outside(platform, loops)
    return False


def _carry_along(platform: Platform, channels: Mapping[str, Channel], clock: SteadyClock) -> bool:
    now = clock.now()
    if now is None:
        _LOG.warning("the clock has jumped to %s; waiting to see whether it stays", platform.now())
        return False
    advanced = advance(platform.state, desk_of(platform, channels, now), now)
    beat(platform.state, DISPATCH, now)
    return advanced > 0


def _audit(platform: Platform, channels: Mapping[str, Channel], clock: SteadyClock) -> bool:
    now = clock.now()
    if now is not None:
        audit(platform.state, desk_of(platform, channels, now), now)
    return False


def _until_one_fails(work: Callable[[], None], stop: threading.Event) -> None:
    """Do some work; if it fails the others end with it, and the supervisor starts the process again."""
    try:
        work()
    finally:
        stop.set()
