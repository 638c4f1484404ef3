"""A clinic in Berlin, so that its days are none of UTC's; and a count of SQL statements."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.domain.dates import zone


@pytest.fixture
def berlin(settings):
    """`berlin(6, 15)` is noon there on 15 June 2026, `berlin(6, 15, 23, 59)` the last minute of that day."""
    settings.CLINIC_TIME_ZONE = "Europe/Berlin"

    def moment(month, day, hour=12, minute=0, year=2026):
        return datetime(year, month, day, hour, minute, tzinfo=zone())

    return moment


@pytest.fixture
def statements(db):
    """How many SQL statements something takes."""

    def statements(run):
        with CaptureQueriesContext(connection) as captured:
            run()
        return len(captured)

    return statements
