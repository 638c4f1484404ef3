"""Tests of overdue days, and of the edges of every ageing bucket."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.ageing import BUCKETS, bucket_of, days_overdue, effective_due

DUE = date(2026, 1, 1)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))


class TestEffectiveDue:
    def test_effective_due_is_the_due_day(self):
        assert effective_due(date(2025, 12, 2), DUE) == DUE

    def test_effective_due_is_the_issue_day_if_the_due_day_is_before_it(self):
        assert effective_due(date(2026, 6, 1), DUE) == date(2026, 6, 1)


class TestBucketOf:
    @pytest.mark.parametrize(
        ("late", "label"),
        [
            (-30, "current"),
            (0, "current"),
            (1, "1–30"),
            (30, "1–30"),
            (31, "31–60"),
            (60, "31–60"),
            (61, "61–90"),
            (90, "61–90"),
            (91, "90+"),
            (5000, "90+"),
        ],
    )
    def test_bucket_follows_the_days_overdue(self, late, label):
        today = DUE + timedelta(days=late)

        assert bucket_of(DUE, today).label == label
        assert days_overdue(DUE, today) == max(0, late)

    @given(days, days)
    def test_bucket_is_the_only_one_whose_due_range_contains_the_day(self, due, today):
        def contains(bucket):
            earliest, latest = bucket.due_range(today)
            return (earliest is None or earliest <= due) and (latest is None or due <= latest)

        assert [bucket for bucket in BUCKETS if contains(bucket)] == [bucket_of(due, today)]
