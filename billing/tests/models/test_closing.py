"""The closing date of the books: days up to it are closed, later ones are open."""

from datetime import date

import pytest

from billing.models import BooksClosing, PeriodClosed
from billing.operations.closing import close_books

MAY = date(2026, 5, 31)


def close(through, **actor):
    return close_books(through=through, reason="Month end", **actor)


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
