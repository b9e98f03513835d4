"""The picture of the map for places that show no page."""

import io

import pytest
from PIL import Image

from geo import preview
from geo.map import MapContent
from geo.words import Text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_picture_shows_levels_and_gaps(content, lang):
    with Image.open(io.BytesIO(preview.preview_png(content, lang))) as picture:
        assert picture.width == 825
        colours = {colour[:3] for _, colour in picture.convert("RGB").getcolors(1 << 24)}
    assert {(0x7D, 0xCC, 0xBB), (0xC3, 0xE6, 0xB6)} <= colours


def test_without_a_chinese_font_the_words_are_english_and_no_glyph_is_missing(content, monkeypatch):
    monkeypatch.setattr(preview, "chinese_font", lambda: None)
    mixed = MapContent(**{**vars(content), "title": Text("标题", "Title 标题 $5")})
    assert preview.preview_png(mixed, "zh").startswith(b"\x89PNG")
