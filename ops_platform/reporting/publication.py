"""Publishing a month with its report: what is kept are the files that people read, not only the figures."""

import pandas as pd

from ops_platform.kpi.publishing import Files, Publication, publish
from ops_platform.kpi.restatement import Difference, restate
from ops_platform.platform import Platform
from ops_platform.reporting.assemble import BOOK, MAP, PAGE, PDFS, WORKBOOK, month_report
from ops_platform.reporting.definition_book import definition_book
from ops_platform.reporting.page import render
from ops_platform.reporting.pdf import printed
from ops_platform.reporting.workbook import workbook


def close_month(platform: Platform, month: str) -> Publication:
    """Publish a month, figures and report; one that was published before stays as it was."""
    return publish(platform, month, lambda planned: _files(platform, planned))


def restate_month(platform: Platform, month: str, reason: str, who: str) -> Publication:
    """Publish the live figures of a published month as its next revision, with a report that shows what changed.

    Raises
    ------
    PermanentError
        As `ops_platform.kpi.restatement.restate`.
    """

    def files(planned: Publication, found: Difference) -> Files:
        return _files(platform, planned, found.lines)

    return restate(platform, month, files, reason, who)


def _files(platform: Platform, publication: Publication, restated: pd.DataFrame | None = None) -> Files:
    report = month_report(platform, publication.month, publication, restated)
    page = render(report)
    files = {
        PAGE: page.encode(),
        WORKBOOK: workbook(report),
        BOOK: definition_book(platform, publication.month).encode(),
    }
    files |= {PDFS[language]: content for language, content in printed(page).items()}
    drawn = platform.settings.reports / publication.month / MAP
    return files | ({MAP: drawn.read_bytes()} if drawn.is_file() else {})
