"""What a group of episodes needs at a moment: who is woken, which step is told, and when to look again.

Pure: a group, its members, a policy and a moment go in, a decision comes out; `ops_platform.alerting.groups` carries it
out. Nothing here depends on when it is asked, so a dispatcher that was away goes on where it stopped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ops_platform.policy import AlertPolicy, Ladder, Severity

Why = Literal["raised", "grown", "escalated", "repeated", "expired", "handed_over"]
Urgency = tuple[Any, ...]


@dataclass(frozen=True)
class Member:
    """An episode of a group.

    Attributes
    ----------
    id
        The episode.
    state
        ``pending``, ``open``, ``acked`` or ``resolved``.
    true_at
        Since when it is true, or when it will be.
    urgency
        Orders the members, the smallest first.
    silent
        Nobody is to be told now: it is suppressed, inhibited or history.
    told_at, ack_until, resolved_at
        Moments of its life so far.
    """

    id: int
    state: str
    true_at: datetime
    urgency: Urgency = ()
    silent: bool = False
    told_at: datetime | None = None
    ack_until: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True)
class Group:
    """What is told together, as it stands.

    Attributes
    ----------
    severity, gather_s
        Of its rule.
    ladder
        The ladder in force when it opened.
    told_at
        When somebody was told last.
    step, repeats
        Step of the ladder that was told last, and how often all were told again.
    escalate_at
        When the next step is due.
    """

    severity: Severity
    gather_s: int
    ladder: Ladder
    told_at: datetime | None = None
    step: int = 0
    repeats: int = 0
    escalate_at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What is to be done with a group.

    Attributes
    ----------
    wake
        Pending members whose moment has come.
    expire
        Members whose acknowledgement has ended.
    tell
        Why somebody is told, and of what: all open members that are not silent. None: nobody is.
    from_step, to_step
        The steps that are told.
    tell_end
        Resolved members of which it is told now that they are.
    close
        Nothing is left of the group.
    next_at
        When to decide again; None: only when something changes.
    """

    wake: tuple[int, ...] = ()
    expire: tuple[int, ...] = ()
    tell: Why | None = None
    from_step: int = 1
    to_step: int = 1
    tell_end: tuple[int, ...] = ()
    close: bool = False
    next_at: datetime | None = None


def decide(group: Group, members: Sequence[Member], policy: AlertPolicy, zone: ZoneInfo, now: datetime) -> Decision:
    """Return what a group needs at a moment.

    Parameters
    ----------
    group
        The group as it stands.
    members
        Its episodes that are not resolved, and the resolved ones whose end must still be told.
    policy
        The numbers in force.
    zone
        The business time zone, in which the quiet hours lie.
    now
        The moment.
    """
    wake = tuple(m.id for m in members if m.state == "pending" and m.true_at <= now)
    expire = tuple(m.id for m in members if m.state == "acked" and m.ack_until and m.ack_until <= now)
    awake = {*wake, *expire}
    audience = [m for m in members if not m.silent and (m.state == "open" or m.id in awake)]
    ended = [m for m in members if m.state == "resolved"]
    left = [m for m in members if m.state != "resolved"]
    standing = any(m.state != "pending" or m.id in awake for m in left)
    quiet_end = quiet_until(group.severity, policy, zone, now)
    why, at = _telling(group, audience, expire, policy)
    end_at = _end_at(ended, policy, standing=standing)
    if quiet_end:
        at, end_at = _not_before(at, quiet_end), _not_before(end_at, quiet_end)
    telling = at is not None and at <= now
    ending = end_at is not None and end_at <= now
    later = [m.true_at for m in members if m.state == "pending" and m.id not in awake]
    later += [m.ack_until for m in members if m.state == "acked" and m.ack_until and m.id not in awake]
    later += [moment for moment, done in ((at, telling), (end_at, ending)) if moment and not done]
    from_step, to_step = _steps(group, why) if telling else (1, 1)
    return Decision(
        wake,
        expire,
        tell=why if telling else None,
        from_step=from_step,
        to_step=to_step,
        tell_end=tuple(m.id for m in ended) if ending else (),
        close=not left and (ending or not ended),
        next_at=min(later, default=None),
    )


def escalate_after(ladder: Ladder, step: int, repeats: int, now: datetime) -> datetime | None:
    """Return when the next step is due after a step was told; None once all was told as often as the ladder says."""
    if step < ladder.steps:
        return now + timedelta(minutes=ladder.step_min)
    return now + timedelta(minutes=ladder.repeat_min) if repeats < ladder.repeats else None


def quiet_until(severity: Severity, policy: AlertPolicy, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the end of the quiet hours in which a moment lies; None outside them, and for what is critical."""
    local = now.astimezone(zone)
    begins, ends, at = policy.quiet_from, policy.quiet_to, local.time()
    over_midnight = begins > ends
    quiet = (at >= begins or at < ends) if over_midnight else begins <= at < ends
    if severity == "critical" or not quiet:
        return None
    day = local.date() + timedelta(days=int(over_midnight and at >= begins))
    return datetime.combine(day, ends, tzinfo=zone).astimezone(UTC)


def _telling(
    group: Group, audience: Sequence[Member], expired: Iterable[int], policy: AlertPolicy
) -> tuple[Why | None, datetime | None]:
    """Return why and when the audience is told next."""
    if not audience:
        return None, None
    told = [m for m in audience if m.told_at]
    untold = [m for m in audience if not m.told_at]
    ended = [m for m in audience if m.id in set(expired)]
    ends = [m.ack_until for m in ended if m.ack_until]
    choices: list[tuple[datetime, Why]] = [(min(ends), "expired")] if ends else []
    if not told:
        gathered = min(m.true_at for m in untold) + timedelta(seconds=group.gather_s)
        paced = group.told_at + timedelta(seconds=policy.digest_s) if group.told_at else gathered
        choices.append((max(gathered, paced), "raised"))
    elif group.told_at and untold:
        choices.append((group.told_at + _patience(told, untold, policy), "grown"))
    if len(told) > len(ended) and group.escalate_at:
        choices.append((group.escalate_at, "escalated" if group.step < group.ladder.steps else "repeated"))
    if not choices:
        return None, None
    at, why = min(choices)
    return why, at


def _patience(told: Sequence[Member], untold: Sequence[Member], policy: AlertPolicy) -> timedelta:
    grown = len(untold) >= policy.digest_growth * len(told)
    worse = min(m.urgency for m in untold) < min(m.urgency for m in told)
    return timedelta(seconds=policy.digest_s) if grown or worse else timedelta(minutes=policy.digest_longest_min)


def _end_at(ended: Sequence[Member], policy: AlertPolicy, *, standing: bool) -> datetime | None:
    first = min((m.resolved_at for m in ended if m.resolved_at), default=None)
    return first + timedelta(minutes=policy.resolve_gather_min) if first and standing else first


def _steps(group: Group, why: Why | None) -> tuple[int, int]:
    """Return the first and last step that are told: what is new goes to all who were told before."""
    if why == "escalated":
        return group.step + 1, group.step + 1
    if why == "repeated":
        return 1, group.ladder.steps
    return (1, max(group.step, 1)) if why == "grown" else (1, 1)


def _not_before(moment: datetime | None, earliest: datetime) -> datetime | None:
    return max(moment, earliest) if moment else None
