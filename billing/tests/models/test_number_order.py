"""The order of numbers is read from an index, on both databases."""

import pytest
from django.db import connection

from billing.models import CreditNote, Invoice, Payment
from clinic.db.expressions import InNumberOrder


@pytest.mark.parametrize(
    ("model", "column"), [(Invoice, "reg_number"), (Payment, "receipt_number"), (CreditNote, "number")]
)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_order_of_numbers_is_read_from_an_index(db, model, column, direction):
    order = getattr(InNumberOrder(column), direction)()
    if connection.vendor == "postgresql":  # which prefers to sort a table of few rows
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")

    plan = model.objects.order_by(order, "pk" if direction == "asc" else "-pk")[:100].explain()

    assert f"{model._meta.db_table}_by_number" in plan
