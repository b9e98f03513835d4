"""The dead man's switch: somebody outside is told every minute that alerting lives, and raises the alarm if not.

It speaks for the whole chain: the loops of this process, and the evaluations that Dagster's daemon makes.
"""

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from ops_platform.alerting.catalogue import WATCHES
from ops_platform.alerting.channels.base import Outcome, short
from ops_platform.alerting.channels.posting import Request, post
from ops_platform.alerting.loops import Loop, health
from ops_platform.alerting.watches.delivery import evaluates
from ops_platform.channel_settings import is_full_address
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform

EVERY_S = 60.0
DEADLINE_S = 5.0
_FAIL = "/fail"
_LOG = logging.getLogger(__name__)


def tell_outside(platform: Platform, loops: Sequence[Loop]) -> bool:
    """Tell the address of ``OPS_ALERTS__HEARTBEAT_URL`` whether alerting lives; return whether it took that.

    What is not well is told at the address with ``/fail`` after its path, as healthchecks.io has it. No failure of the
    other side is one of ours: nothing is raised, nothing tried again before the next minute.
    """
    found = health(loops, platform.state)
    evaluated = found["state_reachable"] and evaluates(WATCHES, platform, platform.now())
    well = found["healthy"] and evaluated
    try:
        url = platform.settings.alerts.secret_now("heartbeat_url")
    except PermanentError as error:
        _LOG.warning("nobody outside is told that alerting lives: %s", error)
        return False
    if not is_full_address(url):
        _LOG.warning("nobody outside is told that alerting lives: OPS_ALERTS__HEARTBEAT_URL is not a full address")
        return False
    parts = urlsplit(url)
    address = parts if well else parts._replace(path=parts.path.rstrip("/") + _FAIL)
    answer = post(Request(address.geturl(), found | {"daemon_evaluates": evaluated}, {}), DEADLINE_S)
    if isinstance(answer, Outcome) or answer.status // 100 != 2:  # noqa: PLR2004 - the class of statuses that say yes
        said = answer.answer if isinstance(answer, Outcome) else str(answer.status)
        _LOG.warning("the heartbeat address did not take the heartbeat: %s", short(said))
        return False
    return True
