"""Links that are forged, of another message, too old or used: none of them keeps anybody from being told."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from ops_platform.alerting.channels import channels_of
from ops_platform.alerting.links import token
from ops_platform.channel_settings import AlertSettings
from ops_platform.settings import Settings
from ops_platform.state import OUTBOX
from tests.alerting.pages import served
from tests.faults.checker import Count
from tests.faults.processes import OFFICE, Timed, put_on_duty
from tests.faults.stage import Database, Result, Stage, staged
from tests.faults.story import POLICY, START, Story, Trial, one_each
from tests.faults.virtual import Simulation, webhook

MINUTE = timedelta(minutes=1)
LASTS = timedelta(hours=3)
ACKNOWLEDGED = timedelta(hours=2)
"""How long an acknowledgement holds."""
ADDRESS = "http://127.0.0.1"
SECRET, ANOTHER = "a secret of these trials", "a secret of somebody else"
REFUSED, DONE = 403, 303


def link_faults(database: Database) -> Iterator[Result]:
    """Yield what became of matters of which somebody tried to acknowledge by a link that is not good."""
    trials: dict[str, Callable[[Stage], Count]] = {
        "link forged: another signature, another key": _tried(_forged),
        "link too old": _tried(lambda page, key: [page.good(key)], later=timedelta(hours=24)),
        "link used again, once the acknowledgement has expired": _replayed,
    }
    for fault, trial in trials.items():
        with staged(database, Trial.standing_at(START), Story(())) as stage:
            yield Result(fault, database.name, trial(stage))


@dataclass
class _Page:
    """The page of an installation on trial, which goes by a clock that may be ahead."""

    simulation: Simulation
    home: Path
    later: timedelta = timedelta(0)

    @property
    def platform(self) -> Timed:
        """The installation."""
        settings = Settings(
            home=self.home,
            state_url=self.simulation.state.url,
            channels={"duty": webhook(self.simulation.stage)},
            policy=POLICY,
            on_call_office=OFFICE,
            alerts=AlertSettings(url=ADDRESS, secret=SECRET, port=0),
        )
        return Timed(settings, self)

    def now(self) -> datetime:
        """Return its moment."""
        return self.simulation.now + self.later

    def press(self, links: Sequence[str]) -> list[int]:
        """Press the button of each link; return what was answered."""
        with served(self.platform, channels_of(self.platform.settings)) as reader:
            urls = [f"http://127.0.0.1:{reader.port}/a/{link}" for link in links]
            return [reader.ask("POST", url, body="act=acknowledge").status for url in urls]

    def told(self) -> list[str]:
        """Return the keys of the messages that told of something, each with a link."""
        rows = self.simulation.state.rows(sa.select(OUTBOX.c.key).where(OUTBOX.c.kind == "raised"))
        return [row["key"] for row in rows]

    def good(self, key: str) -> str:
        """Return the last part of the link of a message."""
        return token(self.platform.settings, key)


def _forged(page: _Page, key: str) -> list[str]:
    theirs = Settings(alerts=AlertSettings(url=ADDRESS, secret=ANOTHER, port=0))
    another = next(one for one in page.told() if one != key)
    signature = page.good(key).partition(".")[0]
    return [token(theirs, key), f"{signature}.{another}", f"x{page.good(key)}"]


def _tried(links: Callable[[_Page, str], list[str]], later: timedelta = timedelta(0)) -> Callable[[Stage], Count]:
    """Return a trial in which such links are pressed before the next step is told, on a page so much later."""

    def trial(stage: Stage) -> Count:
        with _told(stage) as page:
            page.later = later
            answers = page.press([link for key in page.told() for link in links(page, key)])
        page.simulation.run(LASTS)
        return page.simulation.judge() + Count(untrue=sum(answer != REFUSED for answer in answers))

    return trial


def _replayed(stage: Stage) -> Count:
    with _told(stage) as page:
        links = [page.good(key) for key in page.told()]
        wrong = sum(answer != DONE for answer in page.press(links))
        page.simulation.run(ACKNOWLEDGED + MINUTE)
        wrong += sum(answer != REFUSED for answer in page.press(links))
    page.simulation.run(LASTS)
    return page.simulation.judge() + Count(untrue=wrong)


@contextmanager
def _told(stage: Stage) -> Iterator[_Page]:
    """Have matters begin and be told; yield the page that their links lead to."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        put_on_duty(home)
        stage.at(stage.site.trial, Story(one_each(3, START + MINUTE, LASTS, "link"), ahead=timedelta(0)))
        simulation = Simulation(stage)
        simulation.run(2 * MINUTE)
        yield _Page(simulation, home)
