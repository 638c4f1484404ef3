"""The list of invoices: what stands in it, how it is narrowed, and what it costs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.admin.invoice_list.list_urls import invoice_list_url
from billing.models import Invoice
from billing.operations.payments import take_payment
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory, TagFactory
from clinic.admin import CappedPaginator
from clinic.testing import in_role
from patients.tests.factories import PatientFactory

LIST = "/admin/billing/invoice/"
TOTALS = "/admin/billing/invoice/totals/"
QUEUES = "/admin/billing/invoice/queues/"


def desk_of(role):
    client = Client()
    client.force_login(in_role(User.objects.create_user(role, is_staff=True), role))
    return client


@pytest.fixture
def desk(db):
    return desk_of("clerk")


def listed(desk, **query):
    """The invoices of a list, by their ids, in its order."""
    answer = desk.get(LIST, query)
    assert answer.status_code == 200, answer.headers
    return [invoice.pk for invoice in answer.context["cl"].result_list]


def text_of(answer):
    return " ".join(answer.content.decode().split())


class TestRow:
    def test_says_how_late_an_invoice_is(self, desk):
        InvoiceFactory(overdue=True)

        assert "overdue by 30 days" in text_of(desk.get(LIST))

    def test_says_nothing_of_one_that_is_not(self, desk):
        InvoiceFactory(issued=True)
        InvoiceFactory(overdue=True, paid=True)

        assert "overdue by" not in text_of(desk.get(LIST))

    def test_shows_money_to_the_cent_in_columns_of_their_own(self, desk):
        InvoiceFactory(total="1234.50", part_paid="34.50")
        shown = text_of(desk.get(LIST))

        for column, amount in (("total", "1,234.50"), ("paid", "34.50"), ("remaining", "1,200.00")):
            cell = shown.partition(f'class="field-{column} ')[2].partition("</td>")[0]
            assert cell.endswith(f">{amount}")

    def test_shows_the_status_as_a_word_with_a_sign(self, desk):
        InvoiceFactory(part_paid=True)
        shown = text_of(desk.get(LIST))

        assert "timelapse" in shown
        assert "Partially paid" in shown


class TestFilters:
    def test_are_of_several_statuses_at_once(self, desk):
        draft, issued = InvoiceFactory(), InvoiceFactory(issued=True)
        InvoiceFactory(paid=True)

        assert set(listed(desk, status__exact=["DRAFT", "ISSUED"])) == {draft.pk, issued.pk}

    @pytest.mark.parametrize(
        ("age", "days"),
        [("current", [0]), ("1-30", [1, 30]), ("31-60", [31, 60]), ("61-90", [61, 90]), ("90+", [91, 400])],
    )
    def test_are_of_the_age_of_the_debt(self, desk, noon, age, days):
        issued = {
            late: InvoiceFactory(
                issued=True, at=noon - timedelta(days=late), due_date=noon - timedelta(days=late), paid=late == 999
            ).pk
            for late in (0, 1, 30, 31, 60, 61, 90, 91, 400 - 100)
        }
        wanted = {issued[min(late, 300)] for late in days}
        InvoiceFactory(paid=True, at=noon - timedelta(days=45), due_date=noon - timedelta(days=45))

        assert set(listed(desk, age=age)) == wanted

    def test_are_of_all_that_is_overdue(self, desk):
        late = InvoiceFactory(overdue=True)
        InvoiceFactory(issued=True)

        assert listed(desk, age="overdue") == [late.pk]

    def test_are_of_tags_whatever_their_case(self, desk):
        TagFactory(name="Recall")
        tagged = InvoiceFactory(tags=["recall"])
        other = InvoiceFactory(tags=["Insurance"])
        InvoiceFactory()

        assert listed(desk, tag="RECALL") == [tagged.pk]
        assert set(listed(desk, tag=["Recall", "Insurance"])) == {tagged.pk, other.pk}

    def test_are_of_a_whole_account(self, desk):
        survivor = PatientFactory()
        merged = PatientFactory(merged__into=survivor)
        theirs = {InvoiceFactory(patient=survivor).pk, InvoiceFactory(patient=merged).pk}
        InvoiceFactory()

        assert set(listed(desk, patient__id__exact=str(merged.pk))) == theirs

    def test_are_of_days_and_amounts(self, desk, noon):
        small = InvoiceFactory(issued=True, total="10.00", at=noon)
        InvoiceFactory(issued=True, total="500.00", at=noon)
        InvoiceFactory(issued=True, total="10.00", at=noon - timedelta(days=3))

        assert listed(desk, total_amount_to="20", issue_date_from="2026-06-15") == [small.pk]

    @pytest.mark.parametrize(
        "query", ["age=soon", "queue=mine", "patient__id__exact=ana", "due_date_from=soon", "status=x&drop=1", "x__y=1"]
    )
    def test_that_cannot_be_read_are_refused(self, desk, query):
        answer = desk.get(f"{LIST}?{query}")

        assert answer.status_code in {302, 400}
        if answer.status_code == 302:
            assert answer.headers["Location"].endswith("?e=1")


class TestSearch:
    def test_finds_by_number_patient_and_item_at_once(self, desk):
        found = InvoiceFactory(issued=True, patient__family_name="Müßig")
        InvoiceFactory(issued=True)

        assert listed(desk, q=f"mussig consult {found.reg_number.lower()}") == [found.pk]

    def test_finds_the_same_where_a_word_is_that_of_many_patients(self, desk, monkeypatch):
        for name in ("FEW_ROWS", "FEW_PATIENTS"):
            monkeypatch.setattr(f"billing.models.invoice.search.{name}", 1)
        found = {InvoiceFactory(patient__family_name="Kim").pk, InvoiceFactory(patient__family_name="Kim").pk}
        one = InvoiceFactory(patient__family_name="Lone").pk

        assert set(listed(desk, q="kim consultation")) == found
        assert listed(desk, q="lone consultation") == [one]

    def test_finds_nothing_where_one_word_is_nowhere(self, desk):
        InvoiceFactory(patient__family_name="Müßig")

        assert listed(desk, q="mussig nobody") == []

    @pytest.mark.parametrize("sought", ["%00", "%", "_", "\\", "'", "x" * 5000, "a " * 500, "\ud800"])
    def test_survives_anything_that_is_typed(self, desk, sought):
        InvoiceFactory()
        query = "q=%00" if sought == "%00" else {"q": sought.encode("utf-8", "replace").decode()}

        answer = desk.get(f"{LIST}?{query}") if isinstance(query, str) else desk.get(LIST, query)

        assert answer.status_code == 200

    def test_goes_with_a_queue_and_a_filter(self, desk):
        late = InvoiceFactory(overdue=True, patient__family_name="Kim", total="70.00")
        InvoiceFactory(overdue=True, patient__family_name="Kim", total="700.00")
        InvoiceFactory(issued=True, patient__family_name="Kim", total="70.00")

        assert listed(desk, q="kim", queue="overdue", remaining_amount_to="100") == [late.pk]


class TestQueues:
    @pytest.fixture
    def work(self, desk):
        rows = {
            "to_issue": InvoiceFactory(),
            "overdue": InvoiceFactory(overdue=True),
            "part_paid": InvoiceFactory(part_paid=True),
            "written_off": InvoiceFactory(written_off=True),
        }
        InvoiceFactory(paid=True)
        return rows

    @pytest.mark.parametrize("queue", ["to_issue", "overdue", "part_paid", "written_off"])
    def test_show_what_waits(self, desk, work, queue):
        assert listed(desk, queue=queue) == [work[queue].pk]

    def test_of_credit_shows_payments(self, desk):
        invoice = InvoiceFactory(issued=True)
        payment = take_payment(
            patient=invoice.patient,
            amount=invoice.total_amount,
            allocations=[],
            excess_to_credit=True,
            method="cash",
            by=ClerkFactory(),
            at=timezone.now(),
        )
        PaymentFactory()  # credit, and nothing that it could be for

        answer = desk.get(invoice_list_url(queue="credit"))

        assert [row.pk for row in answer.context["cl"].result_list] == [payment.pk]

    def test_say_how_many_wait(self, desk, work):
        shown = text_of(desk.get(QUEUES, {"queue": "overdue"}))

        assert shown.count("clinic-tab-count") == 5
        assert 'aria-current="page">Overdue <span class="clinic-tab-count">1</span>' in shown
        assert 'Credit to allocate <span class="clinic-tab-count">0</span>' in shown

    def test_mark_the_one_that_is_shown(self, desk, work):
        shown = text_of(desk.get(LIST, {"queue": "part_paid"}))

        assert 'queue=part_paid" aria-current="page"' in shown
        assert shown.count('aria-current="page">') == 1


class TestFoot:
    def test_adds_up_what_the_filters_leave(self, desk):
        InvoiceFactory(part_paid="40.00")
        InvoiceFactory(issued=True, total="1000.00")
        InvoiceFactory(paid=True)

        shown = text_of(desk.get(TOTALS, {"status__exact": ["ISSUED", "PARTIALY_PAID"]}))

        for amount in (">1,100.00<", ">40.00<", ">1,060.00 EUR<"):
            assert amount in shown

    def test_leaves_void_ones_out_and_says_so(self, desk):
        InvoiceFactory(void=True)

        assert "Without 1 void invoice" in text_of(desk.get(TOTALS))

    def test_is_not_added_up_where_there_are_too_many(self, desk, monkeypatch):
        InvoiceFactory.create_batch(3)
        monkeypatch.setattr("billing.admin.invoice_list.counts_and_totals.MAX_ROWS", 2)

        assert "More than 2 invoices" in text_of(desk.get(TOTALS))

    def test_refuses_what_the_list_refuses(self, desk):
        assert desk.get(TOTALS, {"age": "soon"}).status_code == 400


class TestPages:
    def test_are_counted_as_far_as_they_are_read(self, desk, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 3)
        InvoiceFactory.create_batch(4)

        assert "More than 3 invoices" in text_of(desk.get(LIST))

    def test_say_how_many_there_are_below_that(self, desk, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 3)
        InvoiceFactory.create_batch(3)

        assert "3 invoices" in text_of(desk.get(LIST))
        assert "More than" not in text_of(desk.get(LIST))

    def test_end_where_the_count_ends(self, desk, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 60)
        InvoiceFactory.create_batch(70)

        assert len(listed(desk, p=2)) == 10
        assert desk.get(LIST, {"p": 3}).status_code == 302


class TestCost:
    def count(self, desk, path, query, django_assert_max_num_queries):
        with django_assert_max_num_queries(30) as asked:
            assert desk.get(path, query).status_code == 200
        return len(asked)

    @pytest.mark.parametrize(
        ("path", "query", "most"),
        [
            (LIST, {}, 7),
            (LIST, {"q": "consultation"}, 7),
            (LIST, {"queue": "overdue", "tag": "recall"}, 8),  # the id of the tag
            (TOTALS, {}, 6),
            (QUEUES, {}, 5),
        ],
    )
    def test_is_the_same_for_any_number_of_invoices(self, desk, django_assert_max_num_queries, path, query, most):
        InvoiceFactory(overdue=True, tags=["recall"])
        self.count(desk, path, query, django_assert_max_num_queries)  # content types are read once
        few = self.count(desk, path, query, django_assert_max_num_queries)
        for _ in range(8):
            InvoiceFactory(overdue=True, tags=["recall"])

        assert self.count(desk, path, query, django_assert_max_num_queries) == few
        is_probed = "q" in query and connection.vendor == "postgresql"
        assert few == most + 2 * is_probed  # which invoices have the word, and which patients

    def test_is_no_count_over_all(self, desk, django_assert_max_num_queries):
        InvoiceFactory()
        with django_assert_max_num_queries(30) as asked:
            desk.get(LIST)

        counts = [row["sql"] for row in asked.captured_queries if "COUNT(" in row["sql"].upper()]
        assert counts
        assert all("LIMIT 10001" in sql for sql in counts)


class TestWhoSees:
    @pytest.mark.parametrize("path", [LIST, TOTALS, QUEUES, f"{LIST}export/csv/", f"{LIST}export/xlsx/"])
    def test_is_whoever_reads_invoices(self, db, path):
        for role in ("clerk", "supervisor", "auditor"):
            assert desk_of(role).get(path).status_code == 200
        stranger = Client()
        stranger.force_login(User.objects.create_user("stranger", is_staff=True))

        assert stranger.get(path).status_code == 403
        assert Client().get(path).status_code == 302

    @pytest.mark.parametrize(
        ("role", "offered"),
        [
            ("clerk", {"issue_chosen", "tag_chosen", "print_chosen", "export_csv", "export_xlsx"}),
            (
                "supervisor",
                {"issue_chosen", "write_off_chosen", "tag_chosen", "print_chosen", "export_csv", "export_xlsx"},
            ),
            ("auditor", {"print_chosen", "export_csv", "export_xlsx"}),
        ],
    )
    def test_is_offered_what_the_role_may(self, db, role, offered):
        InvoiceFactory()
        answer = desk_of(role).get(LIST)

        choices = {name for name, _ in answer.context["action_form"].fields["action"].choices if name}
        assert choices == offered


def test_the_list_leads_to_the_invoice_and_its_patient(desk):
    invoice = InvoiceFactory()
    shown = text_of(desk.get(LIST))

    assert reverse("admin:billing_invoice_change", args=[invoice.pk]) in shown
    assert reverse("admin:patients_patient_change", args=[invoice.patient_id]) in shown
    assert Invoice.objects.count() == 1
