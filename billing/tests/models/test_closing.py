"""The closing date of the books: forward only, never past yesterday, with who and why."""

from datetime import UTC, date, datetime

import pytest

from billing.models import BooksClosing, PeriodClosed
from billing.models.closing import ClosingNotForward

MAY = date(2026, 5, 31)


def close(through, **actor):
    return BooksClosing.objects.close(through=through, reason="Month end", **actor)


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


class TestOpenDay:
    def test_every_day_is_open_until_the_books_are_closed(self, db):
        BooksClosing.objects.check_open(date(1999, 1, 1), what="a payment")

        assert BooksClosing.objects.closed_through() is None

    def test_day_after_the_closing_date_is_open(self, actor):
        close(MAY, **actor)

        BooksClosing.objects.check_open(date(2026, 6, 1), what="a payment")

    @pytest.mark.parametrize(("pointer", "pointed"), [("", []), ("/issue_date", ["/issue_date"])])
    def test_closing_date_is_not_open(self, actor, pointer, pointed):
        close(MAY, **actor)

        with pytest.raises(PeriodClosed, match="an invoice cannot be dated 2026-05-31") as raised:
            BooksClosing.objects.check_open(MAY, what="an invoice", pointer=pointer)

        assert [error.pointer for error in raised.value.errors] == pointed
