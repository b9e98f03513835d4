"""What the map says, in Chinese and English. Names of sites and settlements are data and stay as they are."""

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


WORDS: dict[str, Text] = {
    "level": Text("最佳接收电平", "Best received level"),
    "dbm": Text("dBm", "dBm"),
    "strong": Text("强", "strong"),
    "weak": Text("弱", "weak"),
    "below": Text("低于门限 {threshold} dBm 或无信号", "below {threshold} dBm, or no signal"),
    "offices": Text("分公司边界", "Office areas"),
    "gaps": Text("覆盖空洞", "Coverage gaps"),
    "sites": Text("站点", "Sites"),
    "settlements": Text("居民点", "Settlements"),
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
