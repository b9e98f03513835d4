"""What hangs on a site: the people it serves, and those of the sites whose transmission runs through it."""

import pandas as pd

MOST_HOPS = 32
"""A chain of sites is never longer; what goes round in a circle ends here."""
VIP, CASCADE, SHARED = "vip", "cascade", "shared"


def importance(sites: pd.DataFrame) -> pd.DataFrame:
    """Return who loses service when a site goes down, and why it comes before others.

    Parameters
    ----------
    sites
        Columns of the contract ``sites``.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``site_id``: ``customers_at_risk`` (its own and those behind it; null where none of them is known),
        ``sites_behind`` (how many hang on it) and ``comes_first``: ``vip``, ``cascade`` (sites hang on it), ``shared``
        (by several operators), the first that fits, or empty.
    """
    hanging = behind(sites[["site_id", "upstream_site_id"]].dropna())
    own = pd.DataFrame({"site_id": sites["site_id"], "other": sites["site_id"]})
    people = pd.concat([own, hanging], ignore_index=True).merge(
        sites[["site_id", "customers"]].rename(columns={"site_id": "other"}), on="other"
    )
    found = sites.set_index("site_id")[["priority", "shared_by"]]
    at_risk = people.groupby("site_id")["customers"].sum(min_count=1)
    sites_behind = hanging.groupby("site_id").size().reindex(found.index, fill_value=0)
    first = pd.Series("", index=found.index)
    for name, fits in (
        (SHARED, found["shared_by"].fillna(1) > 1),
        (CASCADE, sites_behind > 0),
        (VIP, found["priority"] == VIP),
    ):
        first = first.mask(fits, name)
    return pd.DataFrame(
        {"customers_at_risk": at_risk.reindex(found.index), "sites_behind": sites_behind, "comes_first": first}
    )


def behind(links: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of a site and one that hangs on it, directly or through others.

    Parameters
    ----------
    links
        ``site_id`` and ``upstream_site_id``, the site through which its transmission runs.

    Returns
    -------
    pandas.DataFrame
        ``site_id`` and ``other``.
    """
    step = links.rename(columns={"site_id": "other", "upstream_site_id": "site_id"})[["site_id", "other"]]
    pairs = reached = step
    for _ in range(MOST_HOPS):
        further = reached.rename(columns={"other": "middle"}).merge(step.rename(columns={"site_id": "middle"}))
        reached = further[["site_id", "other"]]
        known = len(pairs)
        pairs = pd.concat([pairs, reached], ignore_index=True).drop_duplicates()
        if len(pairs) == known:
            break
    return pairs[pairs["site_id"] != pairs["other"]]
