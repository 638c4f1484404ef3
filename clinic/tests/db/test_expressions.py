"""Query expressions: the order of numbers, tested with the record numbers of patients."""

import pytest

from clinic.api.lists.ordering import Order
from clinic.db.expressions import InNumberOrder
from patients.models import Patient
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.django_db
IN_ORDER = ["CN-2026-999999", "CN-2026-1000000", "INV-2025-1000000", "INV-2026-000002", "INV-2026-999999"]
IN_ORDER += ["INV-2026-1000000", "INV-2026-1000001", "INV-2027-000001"]


class TestInNumberOrder:
    @pytest.fixture(autouse=True)
    def numbers(self):
        for number in sorted(IN_ORDER):
            PatientFactory(record_number=number)

    def test_numbers_order_as_numbers_past_a_million(self):
        found = Patient.objects.order_by(InNumberOrder("record_number"))

        assert list(found.values_list("record_number", flat=True)) == IN_ORDER

    @pytest.mark.parametrize("name", ["number", "-number"])
    def test_order_by_a_number_continues_after_each_row(self, name):
        in_order = IN_ORDER if name == "number" else IN_ORDER[::-1]
        order = Order.by(Patient, {"number": InNumberOrder("record_number")}, [name])
        rows = list(order.apply(Patient.objects.all(), ["record_number"]))

        assert [row.record_number for row in rows] == in_order
        for index, row in enumerate(rows):
            after = order.from_cursor(order.cursor_after(row)).apply(Patient.objects.all())
            before = order.from_cursor(order.cursor_before(row)).apply(Patient.objects.all())
            assert [each.record_number for each in after] == in_order[index + 1 :]
            assert [each.record_number for each in before] == in_order[:index][::-1]
