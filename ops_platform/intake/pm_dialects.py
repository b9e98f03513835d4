"""Other forms of PM files: the DTD form of TS 32.401 (``mdc``) and Nokia's ``OMeS``; and which form a file has."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from ops_platform.intake.pm_blocks import Results
from ops_platform.intake.pm_xml import PmReader
from ops_platform.intake.xml_stream import local_name, number_of, period_of, root_name

_MINUTE_S = 60
_TRUE = {"TRUE", "1"}


def pm_reader(file_name: str, path: Path, zone: ZoneInfo) -> PmReader:
    """Return the reader for the form that a PM file has."""
    return _READERS.get(root_name(path), PmReader)(file_name, zone)


class MdcReader(PmReader):
    """The DTD form: in ``md`` a ``neid`` and several ``mi``, each with ``mts``, ``gp``, ``mt`` and its values ``mv``.

    ``mts`` is the end of the period, ``gp`` its length in seconds. Where both stand directly under ``md`` they hold for
    every ``mi`` in it. A vendor's variant has an ``mn`` for each counter, before or around its one ``mv``, and its
    ``sf`` directly under ``md`` too.
    """

    TAGS: ClassVar[tuple[str, ...]] = ("cbt", "ts", "neid", "mts", "gp", "mt", "mi", "mn", "sf", "md", "mv")
    ROOTS: ClassVar[tuple[str, ...]] = ("mdc",)
    HAS_DTD: ClassVar[bool] = True

    def __init__(self, file_name: str, zone: ZoneInfo) -> None:
        super().__init__(file_name, zone)
        self._suspect = False

    def _other(self, name: str, element: Any) -> None:
        text = (element.text or "").strip()
        match name:
            case "mv":
                self._value(element)
                self._free(element)
            case "mi" | "mn":
                self._next_counters(element, text)
            case "md":
                self._results, self._element, self._whole, self._suspect = Results(), None, True, False
                element.clear()
            case _:
                self._said(name, element, text)

    def _said(self, name: str, element: Any, text: str) -> None:
        """Remember what holds for the values that follow."""
        match name:
            case "cbt" if text:
                self._begin = self._compact(element, text)
            case "ts" if text:
                self._end = self._compact(element, text)
            case "neid":
                named = (child for tag in ("nedn", "neun") for child in element.iter(f"{{*}}{tag}"))
                self._element = next(filter(None, ((child.text or "").strip() for child in named)), "")
            case "mts":
                self._results.end_at = self._compact(element, text)
            case "gp":
                self._results.period_s = self._seconds(element, text)
            case "mt":
                self._counter(element.get("p"), text)
            case "sf" if local_name(element.getparent()) == "md":
                # Those of the values are read with them.
                self._suspect = text.upper() in _TRUE

    def _counter(self, place: str | None, name: str) -> None:
        self._results.places[place or str(len(self._results.counters) + 1)] = len(self._results.counters)
        self._results.counters.append(name)

    def _next_counters(self, element: Any, name: str) -> None:
        """End the results of some counters; those of the next are of the same period unless it says otherwise."""
        end_at, period_s = self._results.end_at, self._results.period_s
        names_one = local_name(element) == "mn" and not len(element)
        if names_one:
            self._slice(element)
        else:
            self._close_block(element)
        self._results = Results(end_at=end_at, period_s=period_s)
        if names_one:
            self._counter(None, name)

    def _value(self, element: Any) -> None:
        if self._element is None:
            raise self.wrong(
                "neid", element.sourceline, "mi 之前没有 neid", "no neid before mi: whose counters are these?"
            )
        parent = element.getparent()
        if not self._results.counters and local_name(parent) == "mn":
            self._counter(None, (parent.text or "").strip())
        results = self._results
        values: list[str | None] = [None] * len(results.counters)
        found, suspect, at = "", self._suspect, 0
        for child in element.iterchildren("*"):
            name = child.tag.rpartition("}")[2]
            if name == "moid":
                found = (child.text or "").strip()
            elif name == "sf":
                suspect = (child.text or "").strip().upper() in _TRUE
            elif name == "r":
                at += 1
                place = results.places.get(child.get("p") or str(at))
                if place is None:
                    raise self.wrong(
                        "r", child.sourceline, f"第 {at} 个值没有对应的 mt", f"value {at} belongs to no mt"
                    )
                values[place] = child.text
        self._take(element, found, values, suspect=suspect)

    def _seconds(self, element: Any, text: str) -> int:
        seconds = period_of(number_of(text))
        if not seconds:
            raise self.wrong("gp", element.sourceline, f"{text!r} 不是秒数", f"{text!r} is no number of seconds")
        return seconds

    def _compact(self, element: Any, text: str) -> datetime:
        return self.moment(element, "time", re.sub(r"^(\d{8})(\d{6})", r"\1T\2", text))


class OmesReader(PmReader):
    """Nokia's form: ``PMSetup`` with start and minutes, in it ``PMMOResult`` with an ``MO`` and named counters."""

    TAGS: ClassVar[tuple[str, ...]] = ("PMSetup", "PMMOResult")
    ROOTS: ClassVar[tuple[str, ...]] = ("OMeS",)

    def _other(self, name: str, element: Any) -> None:
        if name == "PMMOResult":
            self._value(element)
            self._free(element)
            return
        self._close_block(element)
        self._whole = True

    def _value(self, element: Any) -> None:
        setup = element.getparent()
        if setup is None:
            raise self.wrong("PMMOResult", element.sourceline, "不在 PMSetup 之内", "stands in no PMSetup")
        start = self._time(setup, "startTime", required=True)
        minutes = setup.get("interval") or ""
        length_s = period_of(number_of(minutes) * _MINUTE_S)
        if start is None or not length_s:
            raise self.wrong(
                "PMSetup", setup.sourceline, f"interval={minutes!r} 不是分钟数", f"interval={minutes!r} is no minutes"
            )
        found = ""
        for child in element.iterchildren("*"):
            if local_name(child) == "MO":
                self._element, found = _names(child)
            else:
                self._measurement(child, start, length_s, found)

    def _measurement(self, element: Any, start: datetime, period_s: int, found: str) -> None:
        values: dict[str, str] = {}
        for counter in element.iterchildren("*"):
            name = local_name(counter)
            # A counter that comes several times is a list; it must not pass for one number.
            values[name] = f"{values[name]},{counter.text or ''}" if name in values else counter.text or ""
        if list(values) != self._results.counters:
            self._slice(element)
            self._results = Results(counters=list(values))
        self._results.period_s, self._results.end_at = period_s, start + timedelta(seconds=period_s)
        self._take(element, found, [value or None for value in values.values()], suspect=False)


def _names(managed_object: Any) -> tuple[str, str]:
    texts = {local_name(child): (child.text or "").strip() for child in managed_object.iterchildren("*")}
    found = (texts.get("DN") or texts.get("localMoid") or "").removeprefix("DN:")
    return texts.get("baseId") or found.partition("/")[0], found


_READERS: dict[str, type[PmReader]] = {"mdc": MdcReader, "OMeS": OmesReader}
