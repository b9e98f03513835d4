"""The network and its people: offices, sites, cells, staff, duty rota, acceptance tests, rooms, parts, crews."""

from ops_platform.contracts.base import Contract, count, day, flag, moment, number, text, word

AREA_CLASSES = {
    "rural": ("农村", "乡村"),
    "town": ("乡镇", "镇区"),
    "urban": ("城区", "市区"),
    "centre": ("核心城区", "中心城区"),
}
PRIORITIES = {"vip": ("VIP", "特级"), "a": ("A", "A类", "一级"), "b": ("B", "B类", "二级"), "c": ("C", "C类", "三级")}
DAY_TIMES = {
    f"{hour:02}:{minute:02}": (f"{hour}:{minute:02}", f"{hour:02}:{minute:02}:00", f"{hour}:{minute:02}:00")
    for hour, minute in [*((hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)), (24, 0)]
}
"""Local times of a day at which a shift begins or ends: the quarters of an hour."""
TECHNOLOGIES = {"GSM": ("2G", "gsm"), "UMTS": ("3G", "umts", "WCDMA"), "LTE": ("4G", "lte"), "NR": ("5G", "nr")}

LATITUDE = number("latitude", "纬度", "lat", unit="° WGS-84", minimum=-90, maximum=90)
LONGITUDE = number("longitude", "经度", "lon", "lng", unit="° WGS-84", minimum=-180, maximum=180)

OFFICES = Contract(
    "offices",
    "县分公司（营业部）：维护责任单位及其辖区",
    "County offices, each with the area it maintains and the place its crews start from",
    (
        text("office_id", "单位编码", "分公司编码"),
        text("office_name", "单位名称", "分公司名称"),
        text("office_name_en", "单位英文名"),
        number("latitude", "驻地纬度", unit="° WGS-84", minimum=-90, maximum=90, nullable=True),
        number("longitude", "驻地经度", unit="° WGS-84", minimum=-180, maximum=180, nullable=True),
        text("area_wkt", "辖区", "geometry", nullable=True, en="Polygon of the area, WGS-84, well-known text"),
    ),
    ("office_id",),
)

SETTLEMENTS = Contract(
    "settlements",
    "居民点：名称、位置、人口",
    "Settlements with position and population",
    (
        text("settlement_id", "居民点编码"),
        text("settlement_name", "居民点名称"),
        text("office_id", "单位编码", refers_to="offices"),
        LATITUDE,
        LONGITUDE,
        count("people", "人口", unit="people"),
    ),
    ("settlement_id",),
)

SITES = Contract(
    "sites",
    "基站：位置、等级、动力配套、责任人",
    "Base-station sites with place, priority, power equipment and the person responsible",
    (
        text("site_id", "基站编号", "站址编码", "站址运维ID"),
        text("site_name", "基站名称", "站址名称"),
        text("office_id", "单位编码", refers_to="offices"),
        text("staff_id", "责任人工号", refers_to="staff", nullable=True),
        LATITUDE,
        LONGITUDE,
        word("area_class", "区域类型", AREA_CLASSES),
        word("priority", "基站等级", PRIORITIES),
        number("capacity_ah", "单组额定容量（AH）", unit="Ah", minimum=0, plausible=(50, 3000), nullable=True),
        count("strings", "单体电池组数", nullable=True, en="Battery strings in parallel"),
        day("battery_installed_on", "电池安装日期", nullable=True),
        number("temperature_c", "机房温度（℃）", unit="°C", minimum=-60, maximum=80, nullable=True),
        number("load_a", "直流负载总电流（A）", unit="A", minimum=0, plausible=(1, 500), nullable=True),
        flag("fixed_generator", "是否具备固定油机"),
        day("in_service_on", "入网日期"),
        day("retired_on", "退网日期", nullable=True),
        count("customers", "服务用户数", unit="customers", nullable=True, en="Lose service when the site goes down"),
        number(
            "lvd_v",
            "低压脱离电压（V）",
            "LVD设定值（V）",
            unit="V",
            minimum=0,
            plausible=(40, 52),
            nullable=True,
            en="Set point of the low-voltage disconnect of a 48 V system",
        ),
        text("upstream_site_id", "上联基站编号", nullable=True, en="Site through which its transmission runs"),
        count("shared_by", "共享运营商数", nullable=True, en="Operators on the tower, this one included"),
    ),
    ("site_id",),
)

CELLS = Contract(
    "cells",
    "小区工参：制式、频段、天线、功率、信道数",
    "Cells with technology, band, antenna, power and channels",
    (
        text("cell_id", "小区编号", "CELL_ID"),
        text("cell_name", "小区名称", "CELL_NAME", nullable=True),
        text("site_id", "基站编号", refers_to="sites"),
        word("technology", "制式", TECHNOLOGIES, "radio"),
        number("band_mhz", "频段（MHz）", unit="MHz", minimum=30, maximum=100_000, nullable=True),
        number("antenna_height_m", "天线挂高", unit="m", minimum=0, plausible=(3, 120), nullable=True),
        number("azimuth_deg", "方位角", unit="°", minimum=0, maximum=360, nullable=True, en="Empty: omnidirectional"),
        number("mechanical_tilt_deg", "机械下倾角", unit="°", minimum=-20, maximum=40, nullable=True),
        number("electrical_tilt_deg", "电下倾角", unit="°", minimum=-20, maximum=40, nullable=True),
        number("antenna_gain_dbi", "天线增益", unit="dBi", minimum=-10, maximum=40, nullable=True),
        number(
            "reference_power_dbm",
            "参考信号功率",
            unit="dBm",
            minimum=-20,
            maximum=70,
            nullable=True,
            en="Power of the BCCH carrier (GSM) or of one reference-signal resource element (LTE, NR)",
        ),
        number(
            "power_dbm",
            "小区功率",
            unit="dBm",
            minimum=-20,
            maximum=80,
            nullable=True,
            en="Power of the whole carrier",
        ),
        count("channels", "信道数", nullable=True, en="Traffic channels (GSM)"),
        count("packet_channels", "分组数据信道数", "PDCH数", nullable=True, en="Packet data channels (GSM)"),
        flag("edge", "是否开通EDGE", nullable=True),
        day("in_service_on", "开通日期", nullable=True),
    ),
    ("cell_id",),
)

ROLE = word(
    "role",
    "岗位",
    {
        "manager": ("经理", "主任"),
        "maintenance": ("维护员", "维护"),
        "generation": ("发电员", "油机员"),
        "service": ("客服", "服务"),
    },
)

STAFF = Contract(
    "staff",
    "维护人员：姓名、单位、岗位、联系方式",
    "Maintenance staff and contractors",
    (
        text("staff_id", "工号"),
        text("staff_name", "姓名"),
        text("office_id", "单位编码", refers_to="offices"),
        ROLE,
        text("contractor", "代维公司", "代维单位", nullable=True),
        text("phone", "联系电话", nullable=True),
        text("email", "邮箱", nullable=True),
        word(
            "language",
            "语言",
            {"zh": ("中文", "汉语"), "en": ("英文", "英语", "English")},
            nullable=True,
            en="In which the person is told; empty: the installation's",
        ),
    ),
    ("staff_id",),
)

ALIASES = Contract(
    "aliases",
    "别名：单位、基站、小区、人员在其他系统中的名称与旧编号",
    "Other names and former numbers of offices, sites, cells and staff; in force for every later file",
    (
        word(
            "feed",
            "别名类别",
            {
                "offices": ("单位", "分公司", "营业部", "office"),
                "sites": ("基站", "站址", "site"),
                "cells": ("小区", "cell"),
                "staff": ("人员", "员工"),
            },
            en="Of which register the alias is",
        ),
        text("alias", "别名", "旧编号", en="As others write it; case, blanks and width do not matter"),
        text("target_id", "对应编号", "现编号", en="The key in the register"),
        text("source", "别名来源", nullable=True, en="System or contractor that writes so"),
        text("note", "别名说明", nullable=True),
    ),
    ("feed", "alias"),
)

DUTY_ROTA = Contract(
    "duty_rota",
    "值班表：谁在何时值班、第几级",
    "Who is on duty when, and at which step of the ladder",
    (
        text("office_id", "单位编码", refers_to="offices"),
        count("step", "告警级次", en="1 is paged first"),
        text("staff_id", "值班人工号", refers_to="staff"),
        moment("starts_at", "值班开始时间"),
        moment("ends_at", "值班结束时间"),
        word("daily_from", "每日开始", DAY_TIMES, "每班开始", nullable=True, en="Local; empty: 00:00"),
        word(
            "daily_to",
            "每日结束",
            DAY_TIMES,
            "每班结束",
            nullable=True,
            en="Local, on the next day where not after daily_from; empty: 24:00",
        ),
        word(
            "on_days",
            "值班日",
            {"every": ("每天", "每日"), "working_days": ("工作日",), "rest_days": ("休息日", "节假日")},
            nullable=True,
            en="On which a shift begins; working days are those of the national calendar; empty: every",
        ),
    ),
    ("office_id", "step", "staff_id", "starts_at"),
    grain="month",
    placed_by="starts_at",
    until="ends_at",
)

DUTY_OVERRIDES = Contract(
    "duty_overrides",
    "代班：调班、请假、节假日，替换值班表",
    "Swaps, leave and holidays, which take the place of the rota",
    (
        text("override_id", "代班编号"),
        text("office_id", "单位编码", refers_to="offices"),
        count("step", "告警级次", en="Of the ladder, as in the rota"),
        moment("starts_at", "代班开始时间"),
        moment("ends_at", "代班结束时间"),
        text("staff_id", "代班人工号", refers_to="staff", nullable=True, en="Who stands in; empty: nobody does"),
        text(
            "instead_of",
            "替班人工号",
            "被代班人工号",
            refers_to="staff",
            nullable=True,
            en="Whose shifts are taken; empty: everybody's of the step",
        ),
        word(
            "reason", "代班原因", {"swap": ("调班", "换班"), "leave": ("请假", "休假"), "holiday": ("节假日", "假日")}
        ),
    ),
    ("override_id",),
    grain="month",
    placed_by="starts_at",
    until="ends_at",
)

ACCEPTANCE_TESTS = Contract(
    "acceptance_tests",
    "入网验收：不合格及存在隐患的基站不入网",
    "Acceptance tests; a site that fails or has open hazards is not in service",
    (
        text("test_id", "验收编号"),
        text("site_id", "基站编号", refers_to="sites"),
        day("tested_on", "验收日期"),
        flag("passed", "是否合格"),
        count("open_hazards", "遗留隐患数"),
        text("staff_id", "验收人工号", refers_to="staff", nullable=True),
    ),
    ("test_id",),
)

ROOM_ACCESS = Contract(
    "room_access",
    "机房出入登记",
    "Machine-room access register",
    (
        text("access_id", "登记编号"),
        text("site_id", "基站编号", refers_to="sites"),
        text("visitor", "进入人员"),
        text("purpose", "进入事由"),
        moment("entered_at", "进入时间"),
        moment("left_at", "离开时间", nullable=True),
    ),
    ("access_id",),
    grain="month",
    placed_by="entered_at",
)

SPARE_PARTS = Contract(
    "spare_parts",
    "备品备件库存",
    "Spare parts in stock",
    (
        text("office_id", "单位编码", refers_to="offices"),
        text("part_id", "备件编码"),
        text("part_name", "备件名称"),
        count("quantity", "库存数量"),
        count("minimum_quantity", "最低库存"),
        day("counted_on", "盘点日期"),
    ),
    ("office_id", "part_id"),
)

INSTRUMENTS = Contract(
    "instruments",
    "仪器仪表台账",
    "Instruments and their calibration",
    (
        text("instrument_id", "仪表编号"),
        text("instrument_name", "仪表名称"),
        text("office_id", "单位编码", refers_to="offices"),
        day("calibrated_on", "校准日期", nullable=True),
        day("calibration_due_on", "校准到期日", nullable=True),
    ),
    ("instrument_id",),
)

GENERATORS = Contract(
    "generators",
    "移动油机台账",
    "Portable generators and what they can carry",
    (
        text("generator_id", "油机编号"),
        text("office_id", "单位编码", refers_to="offices"),
        number("rated_kw", "油机额定功率（kW）", "额定功率（kW）", unit="kW", minimum=0, plausible=(1, 200)),
    ),
    ("generator_id",),
)

CREWS = Contract(
    "crews",
    "抢修与发电队伍：位置、油机、能力、何时可用",
    "Field crews: where each stands, its generator, what it can do and when it is free",
    (
        text("crew_id", "队伍编号"),
        text("office_id", "单位编码", refers_to="offices"),
        text("crew_name", "队伍名称"),
        LATITUDE,
        LONGITUDE,
        text("generator_id", "油机编号", refers_to="generators", nullable=True),
        flag("can_generate", "能否发电"),
        flag("can_repair", "能否抢修"),
        moment("free_at", "可出发时间", nullable=True, en="Empty: free now"),
    ),
    ("crew_id",),
)

CONTRACTS = (
    OFFICES, SETTLEMENTS, STAFF, SITES, CELLS, ALIASES, DUTY_ROTA, DUTY_OVERRIDES, ACCEPTANCE_TESTS, ROOM_ACCESS,
    SPARE_PARTS, INSTRUMENTS, GENERATORS, CREWS,
)  # fmt: skip
