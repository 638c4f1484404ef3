"""Number series: gapless for invoices and credit notes, unique for receipts.

The format of a number is in `rules/register_numbers.py`.
"""

import secrets
from base64 import b32encode
from datetime import date

from django.db import connection, models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.choices import NumberedDocument
from billing.models.closing import BooksClosing
from billing.rules.register_numbers import DRAFT_LENGTH, DRAFT_PREFIX, format_number

RECEIPT_SEQUENCE = "billing_receipt_number"
_CLOSED = "(SELECT MAX(closed_through) FROM billing_booksclosing)"
_NEXT_RECEIPT = f"SELECT nextval('{RECEIPT_SEQUENCE}'), {_CLOSED}"
_OF_SERIES = "WHERE document = %s AND year = %s"
_INCREMENT = f'UPDATE "billing_numberseries" SET last_number = last_number + 1 {_OF_SERIES}'  # noqa: S608  # no values
_CURRENT = f'SELECT last_number FROM "billing_numberseries" {_OF_SERIES}'  # noqa: S608  # no values


def draft_number() -> str:
    """Return a random number for a draft, which takes none of the series.

    >>> draft_number().startswith("DRAFT-"), len(draft_number())
    (True, 16)
    """
    return DRAFT_PREFIX + b32encode(secrets.token_bytes(7)).decode()[:DRAFT_LENGTH]


class NumberSeriesQuerySet(models.QuerySet["NumberSeries"]):
    def draw(self, document: NumberedDocument, year: int) -> str:
        """Return the next number of a series, such as `INV-2026-000123`.

        Gapless: the row of the series stays locked until the transaction ends, so call this last. A rollback gives
        the number back.
        """
        series: tuple[str, int] = (document.value, year)
        with connection.cursor() as cursor:
            cursor.execute(_INCREMENT, series)
            if not cursor.rowcount:
                NumberSeries.objects.bulk_create([NumberSeries(document=document, year=year)], ignore_conflicts=True)
                cursor.execute(_INCREMENT, series)
            cursor.execute(_CURRENT, series)
            return format_number(document, year, cursor.fetchone()[0])

    def draw_receipt(self, day: date, *, what: str, pointer: str = "") -> str:
        """Return the next receipt number for a day that is open; PeriodClosed else (see BooksClosing).

        Unique; gaps are allowed, so that no payment waits for another. PostgreSQL
        reads the closing date in the same statement.
        """
        if connection.vendor != "postgresql":
            BooksClosing.objects.check_open(day, what=what, pointer=pointer)
            return self.draw(NumberedDocument.RECEIPT, day.year)
        BooksClosing.objects.lock_period_open(day)
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_RECEIPT)
            number, closed = cursor.fetchone()
        BooksClosing.objects.check_later(day, closed, what=what, pointer=pointer)
        return format_number(NumberedDocument.RECEIPT, day.year, number)


class NumberSeries(models.Model):
    """The last number of one kind of document in one year of issue; it only ever grows, by one."""

    document = models.CharField(max_length=3, choices=NumberedDocument.choices, verbose_name=_("document"))
    year = models.PositiveSmallIntegerField(verbose_name=_("year"))
    last_number = models.PositiveIntegerField(default=0, verbose_name=_("last number"))

    objects = NumberSeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = pgettext_lazy("several", "number series")
        constraints = [
            models.UniqueConstraint(fields=["document", "year"], name="number_series_unique"),
        ]

    def __str__(self) -> str:
        return format_number(NumberedDocument(self.document), self.year, self.last_number)
