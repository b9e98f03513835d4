"""What coverage derives: levels, gaps and their changes, site geometry, servers, areas, effect of outages."""

from ops_platform.contracts.base import Column, Contract, count, day, flag, moment, number, text, word
from ops_platform.contracts.network import LATITUDE, LONGITUDE, TECHNOLOGIES

GAP_CHANGES = {"new": ("新增",), "closed": ("消除",), "grown": ("扩大",), "shrunk": ("缩小",), "unchanged": ("不变",)}
DOWN_STATES = {"down": ("已断站",), "at_risk": ("电池供电",)}
AREA_LEVELS = {"branch": ("分公司",), "office": ("县",), "township": ("乡镇",)}

COVERAGE_LEVELS = Contract(
    "coverage_levels",
    "居民点预测电平与主服务小区",
    "Predicted level and serving cell of every settlement",
    (
        text("settlement_id", "居民点编码"),
        text("office_id", "单位编码"),
        day("month_on", "月份"),
        count("people", "人口"),
        number("level_dbm", "预测电平", unit="dBm", nullable=True, en="Empty where no cell is within the radius"),
        text("cell_id", "主服务小区", nullable=True),
        flag("covered", "是否覆盖"),
    ),
    ("settlement_id", "month_on"),
    grain="month",
    placed_by="month_on",
)

COVERAGE_GAPS = Contract(
    "coverage_gaps",
    "覆盖空洞：无覆盖区域及其人口",
    "Areas without coverage, and who lives there",
    (
        text("gap_id", "空洞编号"),
        text("office_id", "单位编码"),
        number("area_km2", "面积", unit="km²", minimum=0),
        count("people", "未覆盖人口"),
        count("settlements", "未覆盖居民点数"),
        text("settlement_names", "未覆盖居民点"),
        text("nearest_site_id", "最近基站", nullable=True, en="To the middle of its widest part"),
        number("nearest_site_km", "最近基站距离", unit="km", nullable=True),
        number(
            "farthest_km", "最远点距基站", unit="km", nullable=True, en="Of the place that is farthest from any site"
        ),
        Column("geometry", "binary", "范围", en="Polygon, WGS-84, well-known binary (GeoParquet)"),
        day("month_on", "月份"),
    ),
    ("gap_id", "month_on"),
    grain="month",
    placed_by="month_on",
)

COVERAGE_CELLS = Contract(
    "coverage_cells",
    "参与覆盖预测的小区：位置、天线、功率",
    "Cells in service as coverage predicts them: place, antenna, power",
    (
        day("month_on", "月份"),
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        count(
            "number", "栅格中的编号", nullable=True, en="Its number in the rasters; empty: it could not be predicted"
        ),
        word("technology", "制式", TECHNOLOGIES),
        number("band_mhz", "频段（MHz）", unit="MHz", nullable=True),
        LATITUDE,
        LONGITUDE,
        number("antenna_height_m", "天线挂高", unit="m", nullable=True),
        number("azimuth_deg", "方位角", unit="°", nullable=True, en="Empty: omnidirectional"),
        number("mechanical_tilt_deg", "机械下倾角", unit="°"),
        number("electrical_tilt_deg", "电下倾角", unit="°"),
        text("environment", "传播环境"),
        number("reference_power_dbm", "参考信号功率", unit="dBm", nullable=True),
        number("antenna_gain_dbi", "天线增益", unit="dBi", nullable=True),
        number("correction_db", "模型校正", unit="dB", nullable=True, en="From measurements; empty: not corrected"),
    ),
    ("cell_id", "month_on"),
    grain="month",
    placed_by="month_on",
)

COVERAGE_SERVERS = Contract(
    "coverage_servers",
    "有人居住处的最强基站：由强到弱，断站时谁来接替",
    "Strongest sites of every populated place, best first: who serves, and who takes over",
    (
        day("month_on", "月份"),
        text("place_id", "地点编号", en="A settlement, or a pixel of the population raster"),
        text("office_id", "单位编码"),
        number("people", "人口", unit="people"),
        count("rank", "第几强", en="1 serves; sites below the threshold are listed too"),
        text("cell_id", "小区编号"),
        text("site_id", "基站编号"),
        number("level_dbm", "预测电平", unit="dBm", en="Rounded down by less than 0.5 dB"),
        flag("serves", "是否达到门限"),
        count("depth", "重叠基站数", en="Sites that reach the threshold there, those that are not listed included"),
    ),
    ("place_id", "rank", "month_on"),
    grain="month",
    placed_by="month_on",
)

COVERAGE_GAP_CHANGES = Contract(
    "coverage_gap_changes",
    "覆盖空洞月度变化：新增、消除、扩大、缩小",
    "What became of the gaps since the month before",
    (
        day("month_on", "月份"),
        text("change_id", "变化编号", en="The largest of the gaps concerned, of this month or else of the last"),
        text("office_id", "单位编码"),
        word("change", "变化", GAP_CHANGES),
        text("gap_ids", "本月空洞", en="Separated by spaces; gaps that overlap count together"),
        text("earlier_gap_ids", "上月空洞", en="Separated by spaces"),
        number("area_km2", "面积", unit="km²"),
        number("earlier_area_km2", "上月面积", unit="km²"),
        number("gained_km2", "新增面积", unit="km²", en="Uncovered now and covered then"),
        number("lost_km2", "消除面积", unit="km²", en="Covered now and uncovered then"),
        count("people", "未覆盖人口"),
        count("earlier_people", "上月未覆盖人口"),
    ),
    ("change_id", "month_on"),
    grain="month",
    placed_by="month_on",
)

COVERAGE_AREAS = Contract(
    "coverage_areas",
    "分公司、县、乡镇覆盖情况：面积、人口、空洞、重叠",
    "Coverage of the branch, its offices and its townships: area, people, gaps, overlap",
    (
        day("month_on", "月份"),
        word("level", "层级", AREA_LEVELS),
        text("area_id", "区域编码"),
        text("area_name", "区域名称"),
        number("area_km2", "面积", unit="km²"),
        number("uncovered_km2", "未覆盖面积", unit="km²", en="Of pixels, those too small to be a gap included"),
        number("people", "人口", unit="people"),
        number("people_uncovered", "未覆盖人口", unit="people"),
        count("settlements", "居民点数"),
        count("settlements_uncovered", "未覆盖居民点数"),
        number(
            "overlap", "平均重叠基站数", nullable=True, en="Sites at or above the threshold, mean of covered pixels"
        ),
        number("single_km2", "仅一站覆盖面积", unit="km²", en="Where one site alone serves"),
    ),
    ("level", "area_id", "month_on"),
    grain="month",
    placed_by="month_on",
)

OUTAGE_EFFECT = Contract(
    "outage_effect",
    "此刻断站与待断基站对人口和面积覆盖的影响，及接替的基站",
    "What the sites that are down now, or on battery, do to people and area, and who takes over",
    (
        text("site_id", "基站编号"),
        text("office_id", "单位编码"),
        word("state", "状态", DOWN_STATES),
        moment("since_at", "起始时间"),
        count("sites_behind", "下挂站", en="They go down with it"),
        count(
            "people_without",
            "失去覆盖人口",
            en="Without coverage because of it: have it again when it is back, or lose it when it goes down",
        ),
        number("without_km2", "失去覆盖面积", unit="km²"),
        count("people_taken_over", "被接替人口", en="Whom other sites serve in its stead"),
        text("taken_over_by", "接替基站", en="Sites that take over most people or area, separated by spaces"),
    ),
    ("site_id",),
)

COVERAGE_CALIBRATION = Contract(
    "coverage_calibration",
    "覆盖模型校正：按频段与环境，留出样本上的校正前后误差",
    "Correction of the coverage model by band and environment, with its error on what was held out",
    (
        day("month_on", "月份"),
        number("band_mhz", "频段（MHz）", unit="MHz"),
        text("environment", "传播环境"),
        number("correction_db", "模型校正", unit="dB", en="Added to predicted levels where it is applied"),
        flag("applied", "是否采用", en="Enough blocks, and a smaller error on what was held out"),
        count("levels", "测量数", en="Of the band and environment"),
        count("blocks", "测量网格数", en="Blocks of the plane with measurements of the band and environment"),
        count("band_levels", "频段测量数", en="Of the whole band"),
        count("band_blocks", "频段网格数", en="Of the whole band"),
        number("bias_before_db", "校正前偏差", unit="dB", en="Measured less predicted, mean over the band's blocks"),
        number("sd_before_db", "校正前标准差", unit="dB"),
        number("bias_after_db", "校正后偏差", unit="dB", nullable=True, en="On blocks that were held out"),
        number("sd_after_db", "校正后标准差", unit="dB", nullable=True, en="On blocks that were held out"),
        number("bias_error_db", "偏差标准误", unit="dB", nullable=True, en="Standard error of the bias that remains"),
        number("site_sd_db", "站间标准差", unit="dB", nullable=True, en="Spread from site to site that remains"),
    ),
    ("month_on", "band_mhz", "environment"),
    grain="month",
    placed_by="month_on",
)

SITE_CANDIDATES = Contract(
    "site_candidates",
    "新站候选：按新增覆盖人口、投诉与话务排序",
    "Candidates for new sites, ranked by people newly covered, complaints and traffic",
    (
        day("month_on", "月份"),
        count("rank", "名次"),
        text("office_id", "单位编码", nullable=True, en="Empty outside all offices' areas"),
        text("site_kind", "站型"),
        LATITUDE,
        LONGITUDE,
        number("cost", "成本", en="Of the site, in the unit of the policy"),
        number("cost_so_far", "累计成本", en="Of the site and all before it"),
        count("people_gained", "新增覆盖人口", unit="people", en="Newly covered, besides those of the sites before it"),
        count("people_so_far", "累计新增人口", unit="people"),
        number("complaints", "弱覆盖投诉", en="About coverage, in weakly covered places that it lifts"),
        number("traffic_erl", "弱覆盖话务", unit="Erl", en="Busy-hour traffic of weakly covered places that it lifts"),
        count(
            "people_p10", "悲观新增人口", unit="people", en="In nine of ten draws of the model's error at least so many"
        ),
        count("people_p50", "中位新增人口", unit="people", en="Median over the draws"),
        count("people_p90", "乐观新增人口", unit="people", en="In one of ten draws at least so many"),
        number("holds_share", "达半概率", nullable=True, en="Share of draws that give half of the people at least"),
        text("nearest_site_id", "最近基站", nullable=True),
        number("nearest_site_km", "距最近基站", unit="km", nullable=True),
        text("places_gained", "新覆盖居民点", nullable=True, en="Settlements newly covered, those with most people"),
    ),
    ("month_on", "rank"),
    grain="month",
    placed_by="month_on",
)

CONTRACTS = (
    COVERAGE_LEVELS, COVERAGE_GAPS, COVERAGE_CELLS, COVERAGE_SERVERS, COVERAGE_GAP_CHANGES, COVERAGE_AREAS,
    OUTAGE_EFFECT, COVERAGE_CALIBRATION, SITE_CANDIDATES,
)  # fmt: skip
