"""Settings of one installation: environment variables ``OPS_*`` (nested with ``__``) over the defaults below.

``OPS_HOME`` is the one folder of an installation; every other place lies below it unless set apart.
"""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from upath import UPath

from ops_platform.channel_settings import AlertSettings, AnyChannelSettings, ChannelName
from ops_platform.clock import Clock, FixedClock, SystemClock, month_bounds, month_of, shift_month
from ops_platform.errors import PermanentError
from ops_platform.policy import Policy

Language = Literal["zh", "en"]
MONTHS_KEPT_AROUND = 12
_FORMER_NAMES = {"OPS_SMTP": "smtp", "OPS_WEBHOOK": "webhook"}
"""Settings of the two channels that there once were; still to set them must not silence an installation."""


class IntakeSettings(BaseModel):
    """What receiving a file may take."""

    memory_mb: int = 512
    """Memory for reading one file, in megabytes, whatever the size of the file."""
    most_unpacked_mb: int = 8192
    """What one archive may unpack to."""
    most_members: int = 10_000
    most_ratio: int = 200
    """Unpacked over packed size from which on an archive is called a bomb; counters in XML pack 20 to 60 times."""


class PeopleSettings(BaseModel):
    """What is shown of single people."""

    names_on_pages: bool = False
    """The monthly page and workbook call people by name; else by their number."""
    individual: Literal["off", "person", "person_and_manager"] = "person_and_manager"
    """Who may see one person's own page: nobody, the person, or also the managers of the office."""


class Settings(BaseSettings):
    """One installation's settings."""

    model_config = SettingsConfigDict(
        env_prefix="OPS_", env_nested_delimiter="__", frozen=True, hide_input_in_errors=True
    )

    home: Path = Path("ops_home")
    branch: str = "分公司"
    branch_en: str = "Branch"
    note: str = ""
    """A banner on every page, in Chinese; the demonstration says there that its data are made up."""
    note_en: str = ""
    time_zone: str = "Asia/Shanghai"
    first_month: date = date(2026, 1, 1)
    """The first month for which the installation keeps facts."""
    frozen_at: AwareDatetime | None = None
    """Stands the clock still at a moment; the demonstration lives at such a moment. Empty: the machine's clock."""
    language: Language = "zh"
    """The language of alerts and the first language of pages."""
    on_call_office: str = ""
    """Office whose people on duty hear of what concerns the whole branch, and of an office with nobody on duty."""
    state_url: str = ""
    """SQLAlchemy URL of the operational state. Empty: SQLite below ``home``."""
    channels: dict[ChannelName, AnyChannelSettings] = {}
    """The channels that carry alerts, by the names that the installation gives them."""
    alerts: AlertSettings = AlertSettings()
    terrain: Path | None = None
    """An elevation model of the branch: a raster that GDAL reads, or a folder of tiles. Coverage and ways to sites go
    by it. Empty: both are judged over flat ground, and say so."""
    land_cover: Path | None = None
    """A raster of classes of land cover, whose heights are ``policy.coverage.clutter_m``. Counts with ``terrain``
    only."""
    population: Path | None = None
    """A raster of people per pixel. Gaps and outages count people by it. Empty: by the settlements."""
    townships: Path | None = None
    """A file of the townships' areas that GDAL reads, with a column of names. Empty: nothing is told by township."""
    intake: IntakeSettings = IntakeSettings()
    warehouse_url: str = ""
    """Where the tables lie, as fsspec writes it (``s3://bucket/ops``). Empty: below ``home``."""
    engine: Literal["duckdb", "spark"] = "duckdb"
    """What computes KPIs of cells: DuckDB inside the process, or Spark where one machine is outgrown."""
    engine_memory_mb: Annotated[int, Field(ge=256)] = 4096
    """What DuckDB holds in memory at most; beyond it, it works on disk."""
    engine_threads: Annotated[int, Field(ge=1)] = 2
    spark: dict[str, str] = {}
    """Configuration of Spark by its own names, as JSON. Without ``spark.master`` Spark runs inside the process."""
    people: PeopleSettings = PeopleSettings()
    policy: Policy = Policy()
    close_day: Annotated[int, Field(ge=2, le=28)] = 4
    """Day of the following month on which a month is closed,"""
    close_hour: Annotated[int, Field(ge=0, le=23)] = 8
    """and the business-local hour; see docs/decisions/0008."""

    @model_validator(mode="before")
    @classmethod
    def _no_former_names(cls, values: object) -> object:
        for name in sorted(os.environ):
            former = name.upper().split("__")[0]
            if former in _FORMER_NAMES and "__" in name:
                kind = _FORMER_NAMES[former]
                raise PermanentError(
                    f"setting {name}: channels have names now. Write OPS_CHANNELS__{kind.upper()}__KIND={kind} and "
                    f"{name.upper().replace(former, f'OPS_CHANNELS__{kind.upper()}')}=… instead; see docs/alerting.md"
                )
        return values

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def clock(self) -> Clock:
        """The installation's clock."""
        return FixedClock(self.frozen_at) if self.frozen_at else SystemClock()

    def kept_span(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the business-local moments from which and before which facts are kept.

        From a year before the first month, for what was still open then, to a year from now, for what is planned.
        """
        first = shift_month(f"{self.first_month:%Y-%m}", -MONTHS_KEPT_AROUND)
        last = shift_month(month_of(now, self.zone), MONTHS_KEPT_AROUND)
        start, end = month_bounds(first, self.zone)[0], month_bounds(last, self.zone)[1]
        return start.astimezone(self.zone), end.astimezone(self.zone)

    @property
    def inbox(self) -> Path:
        """The folder into which files are dropped."""
        return self.home / "inbox"

    @property
    def mappings(self) -> Path:
        """The folder of this installation's own mapping files."""
        return self.home / "mappings"

    @property
    def archive(self) -> Path:
        """The folder that keeps every received file under its hash."""
        return self.home / "archive"

    @property
    def warehouse(self) -> Path:
        """The root of the Parquet tables: a folder, or a `upath.UPath`, which has its methods."""
        return cast("Path", UPath(self.warehouse_url)) if self.warehouse_url else self.arrivals

    @property
    def arrivals(self) -> Path:
        """The folder of what arrived and is not yet a fact."""
        return self.home / "warehouse"

    @property
    def reports(self) -> Path:
        """The folder of pages, workbooks and maps."""
        return self.home / "reports"

    @property
    def link_key(self) -> Path:
        """The file of the key that signs links where none is set."""
        return self.home / "link.key"

    @property
    def terrain_traces(self) -> Path:
        """The folder of what every mast sees of the terrain; it may be emptied at any time."""
        return self.home / "terrain_traces"

    @property
    def state(self) -> str:
        """The SQLAlchemy URL in force for the operational state."""
        return self.state_url or f"sqlite:///{self.home.absolute() / 'state.db'}"
