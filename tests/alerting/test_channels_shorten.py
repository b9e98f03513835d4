"""A message is made to fit in whole lines, and what must be read stays."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.alerting.channels.shorten import cut, fitting, size
from tests.alerting.provider import MESSAGE

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1),
    max_size=40,
)


@given(LINES, st.integers(min_value=150, max_value=1500))
def test_it_fits_keeps_title_and_closing_and_counts_what_is_left_out(lines: list[str], most: int) -> None:
    title, closing = "标题", "做什么\nhttps://x"
    text = fitting(replace(MESSAGE, title=title, body="\n".join(lines), closing=closing), most)
    assert size(text) <= most
    assert text.startswith(f"{title}\n")
    assert text.endswith(closing)
    kept = [line for line in text.removesuffix(closing).splitlines()[1:] if line]
    if kept and "行未列出" in kept[-1] and kept[-1] not in lines:
        count = int(kept[-1].split("另有 ")[1].split(" ")[0])
        assert kept[-1] == f"（另有 {count} 行未列出 / {count} more lines not listed）"
        whole = kept[:-1]
        assert whole == lines[: len(whole)] or (len(whole) <= 1 and count == len(lines) - 1)
        assert count in {len(lines) - len(whole), len(lines) - 1}


def test_as_many_lines_as_fit_are_kept() -> None:
    message = replace(MESSAGE, title="t", body="\n".join("一二三四五" for _ in range(20)), closing="c")
    text = fitting(message, 200)
    assert text.splitlines() == ["t", *["一二三四五"] * 8, "（另有 12 行未列出 / 12 more lines not listed）", "c"]
    assert 200 - size(text) < size("一二三四五\n")


def test_a_storm_of_a_hundred_thousand_lines_is_shortened_at_once() -> None:
    message = replace(MESSAGE, body="\n".join(f"#{n} 第 {n} 站停电" for n in range(100_000)))
    began = time.monotonic()
    assert "more lines not listed" in fitting(message, 2048)
    assert time.monotonic() - began < 2.0


def test_what_fits_is_left_whole() -> None:
    whole = f"{MESSAGE.title}\n{MESSAGE.text}"
    assert fitting(MESSAGE, size(whole)) == whole
    assert fitting(MESSAGE, size(whole) - 1) != whole
    assert fitting(replace(MESSAGE, closing=""), 4000) == f"{MESSAGE.title}\n{MESSAGE.body}"


def test_where_not_even_the_first_line_fits_its_beginning_is_kept() -> None:
    text = fitting(replace(MESSAGE, title="t", body="一" * 500 + "\nzwei", closing="c"), 150)
    first, left_out = text.splitlines()[1:3]
    assert first == "一" * (len(first) - 1) + "…"
    assert len(first) > 10
    assert left_out.startswith("（另有 1 行")
    alone = fitting(replace(MESSAGE, title="t", body="一" * 500, closing="c"), 150).splitlines()
    assert (alone[0], alone[1][-1], alone[2]) == ("t", "…", "c")


def test_a_title_that_is_too_long_gives_way_to_the_closing() -> None:
    text = fitting(replace(MESSAGE, title="题" * 500, closing="c" * 50), 100)
    assert text.splitlines() == ["题" * 15 + "…", "c" * 50]
    assert fitting(replace(MESSAGE, closing="c" * 500), 100) == "c" * 97 + "…"


@pytest.mark.parametrize(("most", "kept"), [(9, "一二三"), (8, "一…"), (6, "一…"), (5, ""), (2, "")])
def test_it_is_cut_between_characters(most: int, kept: str) -> None:
    assert cut("一二三", most) == kept


def test_bytes_are_counted_as_they_stand_in_json() -> None:
    assert (size("一"), size('"'), size("\n"), size("a")) == (3, 2, 2, 1)
