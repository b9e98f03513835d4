"""The page prints as a PDF in either language, and what cannot be printed says why."""

from pathlib import Path

import pytest

from ops_platform.errors import PermanentError
from ops_platform.reporting.pdf import browser, print_pdf, printed


def test_it_is_printed_on_a4_in_each_language(pdfs: dict[str, bytes]) -> None:
    assert set(pdfs) == {"zh", "en"}
    for content in pdfs.values():
        assert content.startswith(b"%PDF")
        assert b"/MediaBox [0 0 594" in content or b"/MediaBox [0 0 595" in content
    assert pdfs["zh"] != pdfs["en"]


def test_a_browser_that_prints_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="/bin/false could not print"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf", "zh", "/bin/false")


def test_without_a_browser_there_is_none_to_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser() == ""
    assert printed("<p>月报</p>") == {}
