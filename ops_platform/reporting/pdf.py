"""A page as a PDF, printed by the Chromium of the machine, as its reader would print it."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import get_args

from ops_platform.errors import PermanentError
from ops_platform.settings import Language

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome")
TIMEOUT_S = 120
_FLAGS = ("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--no-pdf-header-footer")  # fmt: skip


def browser() -> str:
    """Return the path of a browser that prints; empty where none is installed."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), "")


def printed(page: str) -> dict[Language, bytes]:
    """Return the page of a month as a PDF in each language; nothing where no browser is installed.

    Raises
    ------
    PermanentError
        As `print_pdf`.
    """
    binary, pdfs = browser(), dict[Language, bytes]()
    if not binary:
        return pdfs
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "page.html"
        html.write_text(page, encoding="utf-8")
        for language in get_args(Language):
            target = Path(folder) / f"{language}.pdf"
            print_pdf(html, target, language, binary)
            pdfs[language] = target.read_bytes()
    return pdfs


def print_pdf(page: Path, target: Path, language: Language, binary: str) -> None:
    """Print a page of a month in one of its languages.

    Parameters
    ----------
    page
        The HTML file.
    target
        The PDF to write.
    binary
        Result of `browser`.

    Raises
    ------
    PermanentError
        If the browser prints nothing; has what it said.
    """
    with tempfile.TemporaryDirectory() as profile:
        # Chromium's own sandbox refuses to start for root, as whom containers run.
        flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--user-data-dir={profile}"]
        command = [binary, *flags, f"--print-to-pdf={target}", f"{page.absolute().as_uri()}#{language}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - ours
    if done.returncode or not target.exists() or not target.stat().st_size:
        raise PermanentError(
            f"{binary} could not print {page} (status {done.returncode}): {done.stderr.strip()[-400:]}"
        )
