"""Results of the search (Ctrl+K): invoices, and from the ledger receipts, credit notes, refunds and typed amounts."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from billing.models import CreditNote, Invoice, Payment, Refund
from billing.roles import READ_CREDIT_NOTES, READ_INVOICES, READ_PAYMENTS, READ_REFUNDS
from clinic.admin import MAX_SEARCH_RESULTS, SearchResult, change_url, search_provider
from clinic.domain.amounts import MAX_MONEY
from clinic.domain.permissions import Permission
from clinic.domain.text import search_words
from clinic.i18n.numbers import locale_decimal_separator, parse_number

AMOUNTS_SEARCHED = 10_000  # of the newest records of each model: no index finds an amount


class Searched(NamedTuple):
    """A model whose records the search finds: by their own texts if `has_texts`, and by their amounts."""

    model: type[Any]
    permission: Permission
    amounts: tuple[str, ...]
    patient: str
    icon: str
    has_texts: bool = True


SEARCHED = (
    Searched(Invoice, READ_INVOICES, ("total_amount", "remaining_amount"), "patient", "receipt_long", has_texts=False),
    Searched(Payment, READ_PAYMENTS, ("amount",), "patient", "payments"),
    Searched(CreditNote, READ_CREDIT_NOTES, ("total_amount",), "invoice__patient", "note_stack"),
    Searched(Refund, READ_REFUNDS, ("amount",), "patient", "undo"),
)


@search_provider
def find_invoices(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    """Yield invoices by number, patient or item, newest first, for users who may read them."""
    if request.user.has_perm("billing.view_invoice"):
        found = Invoice.objects.matching(text).select_related("patient").order_by("-created_at", "-pk")
        for invoice in found[:MAX_SEARCH_RESULTS]:
            yield SearchResult(invoice.reg_number, str(invoice.patient), change_url(invoice), "receipt_long")


@search_provider
def find_in_ledger(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    """Yield what has the text in its number, reference or reason, or the typed amount; newest first, by model."""
    amount = typed_amount(text)
    for searched in SEARCHED:
        if request.user.has_perm(searched.permission.django_permission):
            for record in _find(searched, text, amount)[:MAX_SEARCH_RESULTS]:
                patient = record.invoice.patient if searched.model is CreditNote else record.patient
                yield SearchResult(str(record), str(patient), change_url(record), searched.icon)


def typed_amount(text: str) -> Decimal | None:
    """Return the amount that a text is, in the notation of the user's language; None if it is none.

    >>> typed_amount("49.50"), typed_amount("1.234"), typed_amount("P-000012"), typed_amount("-1")
    (Decimal('49.50'), None, None, None)
    """
    try:
        amount = Decimal(parse_number(text, decimal_sign=locale_decimal_separator()))
    except (ValueError, InvalidOperation):
        return None
    is_money = amount.is_finite() and 0 < amount <= MAX_MONEY and amount == round(amount, 2)
    return amount if is_money else None


def _find(searched: Searched, text: str, amount: Decimal | None) -> QuerySet[Any]:
    rows = searched.model._default_manager.select_related(searched.patient).order_by("-created_at", "-pk")
    found = Q(pk__in=[])
    if searched.has_texts:
        found |= Q(*(Q(search_text__contains=word) for word in search_words(text)))
    if amount is not None:
        newest = searched.model._default_manager.order_by("-created_at", "-pk").values("pk")[:AMOUNTS_SEARCHED]
        has_amount = Q(*(Q(**{name: amount}) for name in searched.amounts), _connector=Q.OR)
        found |= Q(pk__in=newest) & has_amount
    result: QuerySet[Any] = rows.filter(found)
    return result
