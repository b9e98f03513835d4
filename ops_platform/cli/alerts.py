"""The family of commands ``ops alerts``."""

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from ops_platform.cli.alert_views import add_views
from ops_platform.errors import PermanentError
from ops_platform.platform import Platform
from ops_platform.settings import Settings

if TYPE_CHECKING:
    from ops_platform.alerting.desk import Desk


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the family to the command line."""
    alerts = commands.add_parser("alerts", help="look after alerts").add_subparsers(required=True)
    test = alerts.add_parser("test", help="send one marked test message and say what the provider answered")
    test.add_argument("channel", help="name of the channel, as in OPS_CHANNELS__<NAME>__KIND")
    test.add_argument("--to", default="", help="staff_id of the register, or an address on the channel")
    test.set_defaults(run=_test_channel)
    ack = alerts.add_parser("ack", help="say that alerts are somebody's; nobody else is told unless it takes too long")
    ack.add_argument("--false-alarm", action="store_true", help="nothing was the matter")
    ack.set_defaults(run=_acknowledge)
    give = alerts.add_parser("give", help="hand alerts over to another person, who is told")
    give.add_argument("--to", required=True, help="staff_id of that person")
    give.set_defaults(run=_give)
    add_views(alerts)
    for command in (ack, give):
        command.add_argument("numbers", type=int, nargs="+", metavar="N", help="number of an alert, without #")
        command.add_argument("--note", default="", help="kept with the alerts")
        command.add_argument("--who", default=getpass.getuser(), help="staff_id of who does it; else the login name")


def _test_channel(options: argparse.Namespace) -> None:
    from ops_platform.alerting.channels import channels_of  # noqa: PLC0415
    from ops_platform.alerting.channels.trial import report, send_trial  # noqa: PLC0415

    platform = Platform(Settings())
    channels = channels_of(platform.settings)
    if options.channel not in channels:
        raise PermanentError(f"channel {options.channel} is not set up; in force: {', '.join(channels) or 'none'}")
    outcome = send_trial(channels[options.channel], options.to, platform.facts.whole("staff"), platform.now())
    print(report(options.channel, outcome))
    if outcome.kind != "accepted":
        sys.exit(1)


def _acknowledge(options: argparse.Namespace) -> None:
    from ops_platform.alerting.acknowledge import acknowledge  # noqa: PLC0415

    platform, numbers = Platform(Settings()), options.numbers
    taken = acknowledge(
        platform.state, _desk(platform), numbers, options.who, platform.now(), options.note,
        false_alarm=options.false_alarm,
    )  # fmt: skip
    _report(numbers, taken, f"由 {options.who} 处理 / taken on by {options.who}")


def _give(options: argparse.Namespace) -> None:
    from ops_platform.alerting.acknowledge import hand_over  # noqa: PLC0415
    from ops_platform.alerting.rota import registered  # noqa: PLC0415

    platform, numbers = Platform(Settings()), options.numbers
    to = registered(platform.facts, options.to)
    given = hand_over(platform.state, _desk(platform), numbers, options.who, to, platform.now(), options.note)
    _report(numbers, given, f"已转交 {to.name} / handed over to {to.name} ({to.staff_id}), who is being told")


def _desk(platform: Platform) -> "Desk":
    from ops_platform.alerting.channels import channels_of  # noqa: PLC0415
    from ops_platform.alerting.evaluation import desk_of  # noqa: PLC0415

    return desk_of(platform, channels_of(platform.settings), platform.now())


def _report(numbers: list[int], done: list[int], said: str) -> None:
    for number in numbers:
        print(f"#{number} {said if number in done else '已解除，无需处理 / is over, nothing was done'}")
