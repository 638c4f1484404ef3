"""Limits of a clerk without a supervisor, the same for every edge."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.models import Invoice
from billing.operations.closing import close_books
from billing.operations.credit_notes import correct, issue_credit_note
from billing.operations.drafts import create_draft
from billing.operations.invoice_input import InvoiceInput
from billing.operations.issuing import issue
from billing.operations.operation_checks import check_discount
from billing.operations.payments import pay, reverse_payment
from billing.operations.refunds import refund, refund_credit
from billing.operations.voiding import void
from billing.operations.write_offs import reinstate, write_off
from billing.roles import DISCOUNT_ANY
from billing.rules.clerk_limits import (
    DiscountNeedsSupervisor,
    PriceNeedsSupervisor,
    ReversalNeedsSupervisor,
    VoidNeedsSupervisor,
)
from billing.rules.lifecycle import InvoiceHasAdjustments, MoveNotAllowed
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, ServiceFactory, item
from clinic.commands import parse_user_option
from clinic.domain.permissions import PermissionMissing, has_permission
from clinic.testing import ApiClient, codes_of, token_for
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

CASH: dict[str, Any] = {"method": "cash", "reason": "Asked for it"}


@pytest.fixture
def at(noon):
    return noon


class TestVoid:
    def test_clerk_may_void_on_the_day_of_issue(self, clerk, at):
        invoice = InvoiceFactory(issued=True, at=at - timedelta(hours=3))

        void(invoice, reason="Wrong patient", by=clerk, at=at)

        assert invoice.status == "VOID"

    def test_day_of_issue_is_the_day_of_the_action_not_of_the_issue_date(self, clerk, at):
        invoice = InvoiceFactory(issued=True, issue_date=at - timedelta(days=30), at=at)

        void(invoice, reason="Wrong patient", by=clerk, at=at)

        assert invoice.status == "VOID"

    def test_clerk_may_void_a_draft_on_any_day(self, clerk, at):
        invoice = InvoiceFactory(at=at - timedelta(days=9))

        void(invoice, reason="", by=clerk, at=at)

        assert invoice.status == "VOID"

    @pytest.mark.parametrize(
        ("state", "age"),
        [
            ({"issued": True}, timedelta(days=1)),
            ({"part_paid": True}, timedelta(0)),
            ({"written_off": True}, timedelta(0)),
            ({"deposit": True}, timedelta(0)),
        ],
        ids=str,
    )
    def test_any_other_void_needs_a_supervisor(self, clerk, supervisor, at, state, age):
        invoice = InvoiceFactory(**state, at=at - age)

        with pytest.raises(VoidNeedsSupervisor):
            void(invoice, reason="Wrong patient", by=clerk, at=at, release_to="credit")

        void(invoice, reason="Wrong patient", by=supervisor, at=at, release_to="credit")
        assert invoice.status == "VOID"

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            ({"void": True}, MoveNotAllowed),
            ({"paid": True}, MoveNotAllowed),
            ({"part_written_off": "30.00"}, InvoiceHasAdjustments),
        ],
        ids=str,
    )
    def test_void_that_no_user_may_do_is_refused_to_a_clerk_for_its_own_reason(self, clerk, at, state, error):
        invoice = InvoiceFactory(**state, at=at - timedelta(days=1))

        with pytest.raises(error):
            void(invoice, reason="Wrong patient", by=clerk, at=at, release_to="credit")

    def test_void_that_refunds_money_needs_the_permission_to_refund(self, api, supervisor, demo_application):
        invoice = InvoiceFactory(part_paid=True)
        narrow = ApiClient(token_for(supervisor, application=demo_application, scopes=["invoice:write"]))

        answer = narrow.post(f"/invoice/{invoice.pk}/void", {"reason": "Wrong", "payments": "refund"})

        assert (answer.status_code, answer.json()["scope"]) == (403, "payment:write")


class TestReversal:
    def test_clerk_may_reverse_their_own_payment_of_the_day(self, clerk, at):
        payment = PaymentFactory(by=clerk, at=at - timedelta(hours=3))

        assert reverse_payment(payment=payment, reason="Typed wrongly", by=clerk, at=at).amount == -payment.amount

    @pytest.mark.parametrize("age", [timedelta(days=1), timedelta(0)])
    def test_reversal_of_another_payment_or_day_needs_a_supervisor(self, clerk, supervisor, at, age):
        payment = PaymentFactory(at=at - age, **({"by": clerk} if age else {}))

        with pytest.raises(ReversalNeedsSupervisor):
            reverse_payment(payment=payment, reason="Typed wrongly", by=clerk, at=at)

        assert reverse_payment(payment=payment, reason="Bounced", by=supervisor, at=at).amount < 0


class TestDiscount:
    @pytest.mark.parametrize(
        ("fields", "items"),
        [
            ({"discount_percent": Decimal(20)}, [item("79.99")]),
            ({"discount_amount": Decimal("16.00")}, [item("80.00")]),
            ({}, [item("0.13", discount_percent=Decimal(20))] * 3),
            ({"discount_percent": Decimal(10)}, [item("100.00", discount_percent=Decimal(11))]),
        ],
        ids=str,
    )
    def test_clerk_may_discount_up_to_a_fifth_of_the_gross(self, clerk, at, fields, items):
        assert draft(by=clerk, at=at, items=items, **fields).pk

    @pytest.mark.parametrize(
        ("fields", "items"),
        [
            ({"discount_percent": Decimal("20.01")}, [item("80.00")]),
            ({"discount_amount": Decimal("16.01")}, [item("80.00")]),
            ({}, [item("80.00", discount_amount=Decimal("16.01"))]),
            ({"discount_percent": Decimal(10)}, [item("100.00", discount_percent=Decimal(12))]),
        ],
        ids=str,
    )
    def test_higher_discount_needs_a_supervisor(self, clerk, supervisor, at, fields, items):
        with pytest.raises(DiscountNeedsSupervisor):
            draft(by=clerk, at=at, items=items, **fields)

        assert draft(by=supervisor, at=at, items=items, **fields).pk

    @pytest.mark.parametrize(
        ("fields", "items", "pointer"),
        [
            ({"discount_percent": Decimal("20.01")}, [item("80.00")], "/discount_percent"),
            ({"discount_amount": Decimal("16.01")}, [item("80.00")], "/discount_amount"),
            ({"discount_percent": Decimal(1), "discount_amount": Decimal(20)}, [item("80.00")], "/discount_amount"),
            (
                {"discount_percent": Decimal(10)},
                [item("100.00", discount_percent=Decimal(12))],
                "/discount_percent",
            ),
            (
                {},
                [item("10.00", discount_percent=Decimal(20)), item("80.00", discount_percent=Decimal(30))],
                "/items/1/discount_percent",
            ),
            ({}, [item("80.00", discount_amount=Decimal("16.01"))], "/items/0/discount_amount"),
        ],
        ids=str,
    )
    def test_refusal_points_at_the_discount_that_exceeds_the_limit(self, clerk, at, fields, items, pointer):
        with pytest.raises(DiscountNeedsSupervisor) as refused:
            draft(by=clerk, at=at, items=items, **fields)

        assert [error.pointer for error in refused.value.errors] == [pointer]

    def test_discount_is_checked_when_items_are_removed(self, api, clerk):
        invoice = InvoiceFactory(by=clerk, items=[item("90.00"), item("10.00")], discount_amount=Decimal(20))

        answer = api(clerk).put(
            f"/invoice/{invoice.pk}",
            {"patient_id": invoice.patient_id, "items": [{"description": "Visit", "unit_price": 90}]},
        )

        assert answer.status_code == 403
        assert answer.json()["code"] == "discount_needs_supervisor"
        assert codes_of(answer) == {"/discount_amount": "discount_needs_supervisor"}

    def test_discount_of_a_supervisor_stays_when_a_clerk_continues(self, api, clerk):
        invoice = InvoiceFactory(discount_percent=Decimal(50))
        body = {"patient_id": invoice.patient_id, "notes": "See you soon", "status": "ISSUED"}

        answer = api(clerk).put(f"/invoice/{invoice.pk}", body)

        assert (answer.status_code, answer.json()["status"]) == (200, "ISSUED")

    def test_refused_discount_stores_nothing(self, api, clerk):
        body = {"patient_id": PatientFactory().pk, "items": [{"description": "Visit", "unit_price": 80}]}

        answer = api(clerk).post("/invoice/", {**body, "discount_percent": 21})

        assert answer.status_code == 403
        assert Invoice.objects.count() == 0


class TestListPrice:
    @pytest.fixture
    def service(self, db):
        """A service of 64.00 on the price list."""
        return ServiceFactory(unit_price=Decimal("64.00"))

    @pytest.mark.parametrize(
        ("price", "discount"),
        [("64.00", "0"), ("51.20", "0"), ("80.00", "20"), ("57.60", "11.1")],
    )
    def test_clerk_may_charge_up_to_a_fifth_less_in_all(self, clerk, at, service, price, discount):
        given = item(price, service=service, discount_percent=Decimal(discount))

        assert draft(by=clerk, at=at, items=[given]).pk

    @pytest.mark.parametrize(
        ("price", "discount", "pointer"),
        [
            ("0.01", "0", "/items/0/unit_price"),
            ("51.19", "0", "/items/0/unit_price"),
            ("57.60", "11.2", "/items/0/discount_percent"),
            ("54.00", "10", "/items/0/unit_price"),
        ],
    )
    def test_lower_price_needs_a_supervisor(self, clerk, supervisor, at, service, price, discount, pointer):
        given = item(price, service=service, discount_percent=Decimal(discount))

        with pytest.raises(DiscountNeedsSupervisor) as refused:
            draft(by=clerk, at=at, items=[given])

        assert [error.pointer for error in refused.value.errors] == [pointer]
        assert draft(by=supervisor, at=at, items=[given]).pk

    def test_refusal_names_the_list_price_and_who_may(self, clerk, at, service):
        with pytest.raises(PriceNeedsSupervisor) as refused:
            draft(by=clerk, at=at, items=[item("64.00", service=service), item("0.01", service=service)])

        assert refused.value.detail == (
            "The list price of item 2 is 64.00, and a lower price is a discount. "
            "63.99 off 128.00: discounts above 25.60 need a supervisor."
        )

    def test_discount_of_the_invoice_adds_to_that_of_the_price(self, clerk, at, service):
        with pytest.raises(DiscountNeedsSupervisor) as refused:
            draft(by=clerk, at=at, items=[item("57.60", service=service)], discount_percent=Decimal("11.2"))

        assert [error.pointer for error in refused.value.errors] == ["/discount_percent"]

    def test_price_of_an_item_without_a_service_is_free(self, clerk, at, service):
        assert draft(by=clerk, at=at, items=[item("0.01")]).pk

    def test_clerk_may_not_issue_a_service_at_a_cent(self, api, clerk, service):
        body = {"patient_id": PatientFactory().pk, "status": "ISSUED"}

        answer = api(clerk).post("/invoice/", {**body, "items": [{"service_id": service.pk, "unit_price": "0.01"}]})

        assert (answer.status_code, answer.json()["code"]) == (403, "price_needs_supervisor")
        assert codes_of(answer) == {"/items/0/unit_price": "price_needs_supervisor"}
        assert Invoice.objects.count() == 0

    def test_clerk_may_not_lower_the_price_of_a_stored_item(self, api, clerk, service):
        invoice = InvoiceFactory(by=clerk, items=[item("64.00", service=service)])
        sent = {"id": invoice.items.get().pk, "unit_price": "0.01"}

        answer = api(clerk).put(f"/invoice/{invoice.pk}", {"patient_id": invoice.patient_id, "items": [sent]})

        assert (answer.status_code, answer.json()["code"]) == (403, "price_needs_supervisor")

    def test_stored_services_are_read_in_one_statement(self, clerk, at, django_assert_num_queries):
        invoice = InvoiceFactory(items=[item("64.00", service=ServiceFactory()) for _ in range(5)])
        items = list(invoice.items.all())
        has_permission(clerk, DISCOUNT_ANY)

        with django_assert_num_queries(1):
            check_discount(invoice, items, by=clerk)


class TestSupervisorActions:
    """Whatever edge a clerk comes through, the verb itself refuses."""

    @pytest.mark.parametrize(
        ("state", "verb"),
        [
            ("issued", lambda invoice, **who: write_off(invoice, reason="Gone", **who)),
            ("written_off", lambda invoice, **who: reinstate(invoice, reason="Back", **who)),
            ("paid", lambda invoice, **who: refund(invoice, amount=Decimal(1), **CASH, **who)),
            ("issued", lambda invoice, **who: issue_credit_note(invoice=invoice, reason="Not rendered", **who)),
            ("issued", lambda invoice, **who: correct(invoice=invoice, reason="Wrong price", **who)),
        ],
        ids=["write off", "reinstate", "refund", "credit note", "correction"],
    )
    def test_clerk_may_not_perform_actions_of_a_supervisor(self, clerk, at, state, verb):
        invoice = InvoiceFactory(**{state: True})

        with pytest.raises(PermissionMissing):
            verb(invoice, by=clerk, at=at)

    def test_clerk_may_not_refund_credit_or_close_the_books(self, clerk, at):
        with pytest.raises(PermissionMissing):
            refund_credit(payment=PaymentFactory(), amount=Decimal(1), **CASH, by=clerk, at=at)
        with pytest.raises(PermissionMissing):
            close_books(through=at.date() - timedelta(days=1), reason="May", by=clerk, at=at)

    def test_auditor_may_not_issue_or_take_payments(self, auditor, at):
        with pytest.raises(PermissionMissing):
            issue(InvoiceFactory(), by=auditor, at=at)
        with pytest.raises(PermissionMissing):
            pay(InvoiceFactory(), amount=Decimal(1), by=auditor, at=at)

    def test_system_user_of_the_command_line_may_write_off(self, db, at):
        invoice = InvoiceFactory(issued=True)
        write_off(invoice, reason="Long overdue", by=parse_user_option("system"), at=at)

        assert invoice.status == "WRITTEN_OFF"

    def test_application_user_named_system_may_not_write_off(self, at, api):
        system = ClerkFactory(username="system", role="clerk")

        answer = api(system).post(f"/invoice/{InvoiceFactory(issued=True).pk}/write-off", {"reason": "Gone"})

        assert answer.status_code == 403


def draft(by, at, items=(), **fields):
    return create_draft(InvoiceInput(fields={"patient": PatientFactory(), **fields}, items=items), by=by, at=at)
