"""Fixtures: a clinic in Berlin, whose days differ from those of UTC; and a count of queries."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.domain.dates import clinic_time_zone


@pytest.fixture
def berlin(settings):
    """`berlin(6, 15)` is noon there on 15 June 2026, `berlin(6, 15, 23, 59)` the last minute of that day."""
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"

    def berlin(month, day, hour=12, minute=0, year=2026):
        return datetime(year, month, day, hour, minute, tzinfo=clinic_time_zone())

    return berlin


@pytest.fixture
def queries(db):
    """`queries(function)` returns the number of SQL queries that calling it takes."""

    def queries(run):
        with CaptureQueriesContext(connection) as captured:
            run()
        return len(captured)

    return queries
