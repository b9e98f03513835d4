"""Whom an outage leaves without coverage, from the strongest sites that are stored of every populated place.

Answers come in milliseconds and read one small table, so that alerts and the power clock can ask at every evaluation.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.outage import Again, OutageEffect, outage_effect, serving
from geo.servers import NO_LEVEL, NOBODY, Servers
from ops_platform.clock import month_of
from ops_platform.contracts.coverage import COVERAGE_SERVERS
from ops_platform.facts import Facts
from ops_platform.maintenance.importance import behind


@dataclass(frozen=True)
class Handover:
    """What becomes of the places that some sites serve, once these are down.

    Attributes
    ----------
    lost
        Weight of the places that nobody serves any more.
    taken
        Weight that each other site takes over, by site, heaviest first.
    undecided
        Weight of the places of which it is not known.
    """

    lost: float
    taken: pd.Series
    undecided: float


@dataclass(frozen=True)
class Served:
    """Places with their servers, and what each weighs: people, or square kilometres.

    Attributes
    ----------
    servers
        Of the places.
    site_of
        Site of every number in ``servers``; shape (numbers,).
    weight
        Shape (places,).
    again
        Decides what was not kept, given the sites that are down; None: it stays undecided.
    """

    servers: Servers
    site_of: NDArray[np.object_]
    weight: NDArray[np.float64]
    again: Callable[[Collection[str]], Again] | None = None

    def served_by(self, sites: Collection[str]) -> "Served":
        """Return the places whose best server is one of some sites: to others nothing happens when these go down.

        What was not kept stays undecided there.
        """
        best = np.minimum(self.servers.cell[:, 0], len(self.site_of))
        mine = np.flatnonzero(np.append(self._is(sites), False)[best] & self.servers.served)
        return Served(self.servers.of(mine), self.site_of, self.weight[mine])

    def effect(self, down: Collection[str]) -> OutageEffect:
        """Return what happens when some sites are down."""
        is_down = self._is(down)
        again = self.again(down) if self.again else None
        return outage_effect(self.servers, is_down, len({*self.site_of[is_down]}), again)

    def lost(self, down: Collection[str]) -> float:
        """Return the weight of the places that nobody serves while some sites are down."""
        return float(self.weight[self.effect(down).lost].sum())

    def handover(self, sites: Collection[str], down: Collection[str]) -> Handover:
        """Return what becomes of the places that some sites serve while others are down, once these are down too."""
        others = {*down} - {*sites}
        before = serving(self.servers, self.effect(others))
        effect = self.effect({*down, *sites})
        after = serving(self.servers, effect)
        concerned = np.append(self._is(sites), False)[before]
        decided = np.ones(len(after), np.bool_)
        decided[effect.undecided] = False
        taken = concerned & (after >= 0)
        names = np.append(self.site_of, "")[np.minimum(after[taken], len(self.site_of))]
        by_site = pd.Series(self.weight[taken], names, dtype="float64").groupby(level=0).sum()
        return Handover(
            lost=float(self.weight[concerned & decided & (after < 0)].sum()),
            taken=by_site.sort_values(ascending=False, kind="stable"),
            undecided=float(self.weight[concerned & ~decided].sum()),
        )

    def _is(self, sites: Collection[str]) -> NDArray[np.bool_]:
        return np.isin(self.site_of, list(sites))


def populated_now(facts: Facts, now: datetime) -> Served | None:
    """Return where people live and who serves them, of the newest month that was predicted; None without any."""
    months = [month for month in facts.warehouse.partitions(COVERAGE_SERVERS) if month <= month_of(now, facts.zone)]
    return populated_in(facts, months[-1]) if months else None


def populated_in(facts: Facts, month: str) -> Served:
    """Return where people live and who serves them in a month that was predicted."""
    rows = facts.month(COVERAGE_SERVERS, month).sort_values(["place_id", "rank"])
    place, ids = pd.factorize(rows["place_id"])
    site, site_of = pd.factorize(rows["site_id"], sort=True)
    rank = rows["rank"].to_numpy(np.intp)
    cell = np.full((len(ids), int(rank.max(initial=1))), NOBODY, np.uint16)
    cell[place, rank - 1] = site
    first = rows[rows["rank"] == 1]
    servers = Servers(cell, np.full(cell.shape, NO_LEVEL, np.uint8), first["depth"].to_numpy(np.uint16), np.nan)
    return Served(servers, np.asarray(site_of, object), first["people"].to_numpy(np.float64))


def people_without(
    served: Served | None, sites: pd.DataFrame, asked: Iterable[str], down: Collection[str]
) -> pd.Series:
    """Return how many people are without coverage because of each of some sites.

    Parameters
    ----------
    served
        Result of `populated_now`.
    sites
        Columns of the contract ``sites``; the sites whose transmission runs through one go down with it.
    asked
        Sites; each alone, with those behind it.
    down
        Sites that are down. Of one of them: who had coverage again if it, with those behind it, came back. Of another:
        who would lose it.

    Returns
    -------
    pandas.Series
        Int64, indexed by site; null where no coverage was predicted. Where fewer sites are kept than reach a place,
        it is a lower bound.
    """
    asked = list(dict.fromkeys(asked))
    if served is None:
        return pd.Series(pd.NA, asked, dtype="Int64")
    groups, down = with_behind(sites, asked), {*down}.union(*with_behind(sites, down).values())
    near = served.served_by(down.union(*groups.values()))
    because = [_because(near.served_by(down | own), own, down) for own in groups.values()]
    return pd.Series(np.round(because), asked, dtype="float64").astype("Int64")


def _because(near: Served, own: set[str], down: set[str]) -> float:
    return near.lost(down | own) - near.lost(down - own)


def with_behind(sites: pd.DataFrame, asked: Iterable[str]) -> dict[str, set[str]]:
    """Return each of some sites with those whose transmission runs through it."""
    links = behind(sites[["site_id", "upstream_site_id"]].dropna()).groupby("site_id")["other"].agg(set)
    return {site: {site} | links.get(site, set()) for site in asked}
