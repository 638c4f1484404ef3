"""Whatever the desk does in whatever order, the API's books and a second set, kept by hand, say the same.

Hypothesis plays the desk: it asks the real API, with amounts of which many are a cent off the mark. After each step the
two are compared, and where one refuses, the other does for the same reason. `CLINIC_STATEFUL=long` plays for longer.
"""

import os
from copy import deepcopy
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from billing.reports.books_check import check_books
from billing.tests.stateful.desk import Desk, cents
from billing.tests.stateful.reference import Invoice, Ledger, Line, Refused
from clinic.calendar import today
from clinic.testing import ApiClient, token_for
from patients.tests.factories import PatientFactory

LONG = os.environ.get("CLINIC_STATEFUL") == "long"
PLAY = settings(
    max_examples=300 if LONG else 30,
    stateful_step_count=60 if LONG else 25,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

which = st.integers(0, 99)  # of those that there are
# An amount is told as a mark (what remains, what is paid ...) and how far off it the desk is.
off = st.sampled_from([0, 0, 0, -1, 1, -50, 2500]) | st.integers(-20_000, 20_000)
wishes = st.sampled_from([None, None, "DRAFT", "ISSUED", "PARTIALY_PAID", "PAID", "VOID", "WRITTEN_OFF"])
excesses = st.sampled_from(["reject", "credit"])
lines = st.builds(
    lambda quantity, price, **given: Line(quantity.scaleb(-3), price.scaleb(-4), **given),
    st.sampled_from([1000, 1000, 2000, 333, 1500]).map(_decimal := __import__("decimal").Decimal),
    st.sampled_from([0, 100, 9999, 10_000, 199_9900, 333_3333, 1_000_000]).map(_decimal),
    discount=st.sampled_from([0, 0, 0, 1, 500]),
    discount_percent=st.sampled_from([0, 0, 0, 10, 100]),
    tax_rate=st.sampled_from([0, 0, 7, 19]),
)
