"""The books are closed: forward only, never past yesterday, with who and why."""

from datetime import UTC, date, datetime

import pytest

from billing.models import BooksClosing
from billing.models.closing import ClosingNotForward
from billing.operations.closing import close_books

MAY = date(2026, 5, 31)


def close(through, **actor):
    return close_books(through=through, reason="Month end", **actor)


class TestClosing:
    def test_closing_is_stored_with_its_reason(self, actor):
        closing = close(MAY, **actor)

        closing.refresh_from_db()
        assert (closing.closed_through, closing.reason) == (MAY, "Month end")
        assert (closing.created_by, closing.created_at) == (actor["by"], actor["at"])
        assert str(closing) == "closed through 31 May 2026"

    def test_closing_date_moves_forward(self, actor):
        close(date(2026, 4, 30), **actor)

        close(MAY, **actor)

        assert BooksClosing.objects.closed_through() == MAY

    @pytest.mark.parametrize("through", [MAY, date(2026, 5, 30), date(2020, 1, 1)], ids=str)
    def test_closing_date_never_moves_back_or_repeats(self, actor, through):
        close(MAY, **actor)

        with pytest.raises(ClosingNotForward, match="cannot be moved back"):
            close(through, **actor)

        assert BooksClosing.objects.count() == 1

    @pytest.mark.parametrize("through", [date(2026, 6, 15), date(2026, 6, 16)], ids=["today", "tomorrow"])
    def test_day_that_is_not_over_is_not_closed(self, actor, through):
        with pytest.raises(ClosingNotForward, match="not over yet"):
            close(through, **actor)

    def test_yesterday_can_be_closed(self, actor):
        assert close(date(2026, 6, 14), **actor).closed_through == date(2026, 6, 14)

    def test_closing_uses_the_day_of_the_clinic(self, settings, actor):
        settings.CLINIC_TIME_ZONE = "Pacific/Auckland"  # the 16th has begun there
        now = actor | {"at": datetime(2026, 6, 15, 12, tzinfo=UTC)}

        assert close(date(2026, 6, 15), **now).closed_through == date(2026, 6, 15)
