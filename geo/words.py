"""What the map says, in Chinese and English. Names of sites and settlements are data and stay as they are."""

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


WORDS: dict[str, Text] = {
    "level": Text("最佳接收电平", "Best received level"),
    "level_unit": Text("dBm", "dBm"),
    "level_ends": Text("弱|强", "weak|strong"),
    "overlap": Text("重叠覆盖", "Overlap"),
    "overlap_unit": Text("达到门限的站数", "sites at threshold"),
    "overlap_ends": Text("仅一站|多站", "one alone|many"),
    "population": Text("人口密度", "Population"),
    "population_unit": Text("人/km²", "people/km²"),
    "population_ends": Text("稀|密", "sparse|dense"),
    "below": Text("低于门限 {threshold} dBm 或无信号", "below {threshold} dBm, or no signal"),
    "offices": Text("分公司边界", "Office areas"),
    "gaps": Text("覆盖空洞", "Coverage gaps"),
    "sites": Text("站点", "Sites"),
    "settlements": Text("居民点", "Settlements"),
    "candidates": Text("新站候选", "Site candidates"),
    "candidate": Text("新站候选", "Candidate"),
    "people_gained": Text("新增覆盖人口", "People newly covered"),
    "people_so_far": Text("累计新增（含前序）", "With all before it"),
    "holds_share": Text("达半概率", "Chance that it keeps half"),
    "places_gained": Text("新覆盖居民点", "Settlements newly covered"),
    "site_kind": Text("站型", "Kind of site"),
    "macro": Text("宏站", "macro"),
    "micro": Text("微站", "micro"),
    "people_without": Text("中断后失去覆盖人口", "Without coverage if it goes down"),
    "people_without_down": Text("因其断站失去覆盖人口", "Without coverage because of it"),
    "villages": Text("未覆盖居民点", "Settlements not covered"),
    "farthest": Text("最远距站点", "Farthest from a site"),
    "covered": Text("已覆盖", "covered"),
    "uncovered": Text("未覆盖", "not covered"),
    "cells": Text("小区", "Cells"),
    "people_covered": Text("人口覆盖率", "People covered"),
    "people": Text("人口", "People"),
    "people_inside": Text("未覆盖人口", "People not covered"),
    "area": Text("面积", "Area"),
    "office": Text("分公司", "Office"),
    "state": Text("状态", "State"),
    "nearest_site": Text("最近站点", "Nearest site"),
    "serving_cell": Text("服务小区", "Serving cell"),
    "no_level": Text("无信号", "no signal"),
    "cell": Text("小区", "Cell"),
    "band": Text("制式频段", "Band"),
    "azimuth": Text("方位角", "Azimuth"),
    "tilt": Text("下倾角", "Tilt"),
    "height": Text("挂高", "Height"),
    "omni": Text("全向", "omni"),
    "search": Text("搜索站点名称或编号", "Find a site by name or id"),
    "nothing_found": Text("没有找到", "nothing found"),
    "legend": Text("图层与图例", "Layers and legend"),
    "zoom_in": Text("放大", "Zoom in"),
    "zoom_out": Text("缩小", "Zoom out"),
    "whole": Text("全图", "Whole branch"),
    "gap": Text("覆盖空洞", "Coverage gap"),
    "gap_count": Text("{count} 处 · {area} km²", "{count} · {area} km²"),
    "site": Text("站点", "Site"),
    "patches": Text("服务片区", "Patches served"),
    "area_served": Text("服务面积", "Area served"),
    "by_colour": Text("着色", "Colour by"),
    "by_band": Text("制式频段", "Technology, band"),
    "all": Text("全部", "all"),
    "needs_webgl": Text(
        "此页需要 WebGL，本机浏览器没有。请打开 coverage_map.html。",
        "This page needs WebGL, which this browser lacks. Open coverage_map.html instead.",
    ),
    "model": Text(
        "按 Okumura-Hata 与 COST 231-Hata 模型预测，视为平地，未计地形。",
        "Prediction: Okumura-Hata / COST 231-Hata over flat ground, terrain not counted.",
    ),
}

STATE_WORDS: dict[str, Text] = {
    "in_service": Text("在网", "in service"),
    "planned": Text("规划", "planned"),
    "retired": Text("退网", "retired"),
    "down": Text("退服", "down"),
    "on_battery": Text("电池供电", "on battery"),
    "leave_now": Text("须立即出发", "leave now"),
    "too_late": Text("已超时", "too late"),
    "running": Text("油机发电", "on generator"),
    "restored": Text("市电恢复", "mains restored"),
}
"""Names of site states; a state that is not listed is shown as it is."""
