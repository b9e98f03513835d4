"""Who is meant: the keys of a register, the aliases and spellings others write for them, the nearest of the rest.

A reference is looked up as a key first; only what is no key is compared without case, blanks and width, by a registered
alias or by a name that belongs to one key alone. Where a person must decide, the nearest candidates are named.
"""

from collections.abc import Mapping
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rapidfuzz import fuzz, process

from ops_platform.contracts import FEEDS, Contract
from ops_platform.contracts.network import ALIASES
from ops_platform.intake import places
from ops_platform.intake.fold import fold
from ops_platform.intake.words import both
from ops_platform.warehouse import Warehouse

NAMES: Mapping[str, tuple[str, ...]] = {"offices": ("office_name", "office_name_en"), "sites": ("site_name",)}
"""Columns of a register whose values stand for its key where they belong to one key alone."""
_CANDIDATES = 3
_LIKE_PCT = 50
_MOST_VALUES = 1000
_MOST_COMPARISONS = 20_000_000
"""Per file: so many unknown values, and comparisons with keys and names, are worth looking for the nearest."""


class Register:
    """The keys that have arrived of one feed and every way to write them; made anew for each file.

    Parameters
    ----------
    feed
        A feed with a single-column key.
    warehouse
        Where its rows lie.
    """

    def __init__(self, feed: str, warehouse: Warehouse) -> None:
        self._contract = FEEDS[feed]
        self._warehouse = warehouse
        self._advised: dict[str, str] = {}

    @cached_property
    def keys(self) -> pa.Array:
        """Every key that has ever arrived."""
        target = self._contract
        files = [
            file
            for partition in places.arrival_partitions(target, self._warehouse)
            for file in self._warehouse.arrivals(target, partition)
        ] or self._warehouse.files(target)
        columns = [pq.read_table(file, columns=[target.key[0]], partitioning=None).column(0) for file in files]
        return pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()))

    def resolve(self, values: pa.Array) -> pa.Array:
        """Return the key that each distinct value stands for, null where there is none or more than one.

        Where every value is a key, that is the given array itself.
        """
        strange = pc.invert(pc.is_in(values, self.keys))
        if not pc.any(strange).as_py():
            return values
        forms = normal(values.filter(strange))
        found = [ids.take(pc.index_in(forms, known)) for known, ids in (self._aliases, self._spellings)]
        return pc.replace_with_mask(values, strange, pc.coalesce(*found))

    def advice(self, value: str) -> str:
        """Return what to do about an unknown value, with the nearest candidates, in both languages."""
        if value not in self._advised:
            allowed = min(_MOST_VALUES, _MOST_COMPARISONS // max(len(self._choices), 1))
            nearest = self._nearest(value) if len(self._advised) < allowed else None
            if nearest is None:
                return self._say(
                    value,
                    "不同的未知值过多，未再逐一查找最接近者",
                    "too many different unknown values to look for the nearest of each",
                )
            shown = ", ".join(nearest)
            self._advised[value] = (
                self._say(value, f"最接近 {shown}", f"nearest are {shown}")
                if nearest
                else self._say(value, "没有相近者", "nothing is like it")
            )
        return self._advised[value]

    def _say(self, value: str, zh: str, en: str) -> str:
        feed = self._contract.name
        noun, thing = self._contract.zh.partition("：")[0], self._contract.key[0].removesuffix("_id")
        return both(
            f"未知{noun} {value!r}，{zh}；请先报送 {feed}，或更正编号，或在 aliases 中登记别名",
            f"unknown {thing} {value!r}, {en}; send {feed} first, correct the number, or register an alias in aliases",
        )

    def _nearest(self, value: str) -> list[str]:
        form = normal(pa.array([value])).to_pylist()[0]
        found = process.extract(
            form, list(self._choices), scorer=fuzz.ratio, limit=4 * _CANDIDATES, score_cutoff=_LIKE_PCT
        )
        keys = dict.fromkeys(key for choice, _, _ in found for key in self._choices[choice])
        return [f"{key} {self._shown.get(key, '')}".rstrip() for key in list(keys)[:_CANDIDATES]]

    @cached_property
    def _rows(self) -> pa.Table:
        """The register itself, as it stands now."""
        known = fold(self._contract, "", self._warehouse)
        return known if len(known) else self._warehouse.read(self._contract)

    @cached_property
    def _written(self) -> pa.Table:
        """Every key and name in its normal form, beside the key."""
        key = self._contract.key[0]
        names = [name for name in (key, *NAMES.get(self._contract.name, ())) if len(self._rows)]
        parts = [pa.table({"form": normal(self._rows.column(n)), "key": self._rows.column(key)}) for n in names]
        nothing = pa.table({"form": pa.array([], pa.string()), "key": pa.array([], pa.string())})
        return pa.concat_tables([nothing, *parts])

    @cached_property
    def _spellings(self) -> tuple[pa.Array, pa.Array]:
        return _unambiguous(self._written)

    @cached_property
    def _aliases(self) -> tuple[pa.Array, pa.Array]:
        aliases = fold(ALIASES, "", self._warehouse)
        mine = aliases.filter(pc.equal(aliases.column("feed"), self._contract.name))
        return _unambiguous(pa.table({"form": normal(mine.column("alias")), "key": mine.column("target_id")}))

    @cached_property
    def _choices(self) -> dict[str, list[str]]:
        grouped = self._written.drop_null().group_by("form", use_threads=False).aggregate([("key", "distinct")])
        return dict(zip(grouped.column("form").to_pylist(), grouped.column("key_distinct").to_pylist(), strict=True))

    @cached_property
    def _shown(self) -> dict[str, str]:
        names = NAMES.get(self._contract.name)
        if not names or not len(self._rows):
            return {}
        columns = (self._rows.column(name).to_pylist() for name in (self._contract.key[0], names[0]))
        return dict(zip(*columns, strict=True))


def registers(contract: Contract, warehouse: Warehouse) -> dict[str, Register]:
    """Return the register of every feed that a contract refers to; aliases refer to all that have any."""
    feeds = {column.refers_to for column in contract.columns if column.refers_to}
    if contract.name == ALIASES.name:
        feeds = set(ALIASES.column("feed").words)
    return {feed: Register(feed, warehouse) for feed in sorted(feeds)}


def dependents(feed: str) -> set[str]:
    """Return the feeds whose rows may be understood once rows of this one have arrived."""
    aliased = ALIASES.column("feed").words
    if feed == ALIASES.name:
        return {name for name in FEEDS if any(column.refers_to in aliased for column in FEEDS[name].columns)}
    direct = {name for name in FEEDS if any(column.refers_to == feed for column in FEEDS[name].columns)}
    return direct | {ALIASES.name} if feed in aliased else direct


def normal(values: pa.Array) -> pa.Array:
    """Return text as it is compared: compatibility forms unified (full width, NBSP), without case and blanks."""
    unified = pc.utf8_lower(pc.utf8_normalize(values, "NFKC"))
    bare = pc.replace_substring_regex(unified, r"[\s\x{200B}\x{FEFF}]+", "")
    return bare.combine_chunks() if isinstance(bare, pa.ChunkedArray) else bare


def _unambiguous(written: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return the forms that belong to one key alone, and that key."""
    counted = written.drop_null().group_by("form", use_threads=False).aggregate(
        [("key", "count_distinct"), ("key", "first")]
    )  # fmt: skip
    single = counted.filter(pc.equal(counted.column("key_count_distinct"), 1))
    return single.column("form").combine_chunks(), single.column("key_first").combine_chunks()
