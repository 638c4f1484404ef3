"""Invoice list: columns, filters, search, queues, totals, pagination, query counts, permissions."""

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
from clinic.testing import compact_html
from patients.tests.factories import PatientFactory

LIST = "/admin/billing/invoice/"
TOTALS = "/admin/billing/invoice/totals/"
QUEUES = "/admin/billing/invoice/queues/"


def listed(client, **query):
    """Return the ids of the listed invoices, in order."""
    response = client.get(LIST, query)
    assert response.status_code == 200, response.headers
    return [invoice.pk for invoice in response.context["cl"].result_list]


class TestRow:
    def test_overdue_invoice_shows_its_days_overdue(self, clerk_client):
        InvoiceFactory(overdue=True)

        assert "overdue by 30 days" in compact_html(clerk_client.get(LIST))

    def test_invoice_that_is_not_overdue_shows_no_days(self, clerk_client):
        InvoiceFactory(issued=True)
        InvoiceFactory(overdue=True, paid=True)

        assert "overdue by" not in compact_html(clerk_client.get(LIST))

    def test_amounts_are_displayed_with_two_decimals_in_their_columns(self, clerk_client):
        InvoiceFactory(total="1234.50", part_paid="34.50")
        shown = compact_html(clerk_client.get(LIST))

        for column, amount in (("total", "1,234.50"), ("paid", "34.50"), ("remaining", "1,200.00")):
            cell = shown.partition(f'class="field-{column} ')[2].partition("</td>")[0]
            assert cell.endswith(f">{amount}")

    def test_status_is_displayed_as_text_with_an_icon(self, clerk_client):
        InvoiceFactory(part_paid=True)
        shown = compact_html(clerk_client.get(LIST))

        assert "timelapse" in shown
        assert "Partially paid" in shown


class TestFilters:
    def test_status_filter_accepts_several_statuses(self, clerk_client):
        draft, issued = InvoiceFactory(), InvoiceFactory(issued=True)
        InvoiceFactory(paid=True)

        assert set(listed(clerk_client, status__exact=["DRAFT", "ISSUED"])) == {draft.pk, issued.pk}

    @pytest.mark.parametrize(
        ("age", "days"),
        [("current", [0]), ("1-30", [1, 30]), ("31-60", [31, 60]), ("61-90", [61, 90]), ("90+", [91, 400])],
    )
    def test_age_filter_narrows_to_a_bucket(self, clerk_client, noon, age, days):
        issued = {
            late: InvoiceFactory(
                issued=True, at=noon - timedelta(days=late), due_date=noon - timedelta(days=late), paid=late == 999
            ).pk
            for late in (0, 1, 30, 31, 60, 61, 90, 91, 400 - 100)
        }
        wanted = {issued[min(late, 300)] for late in days}
        InvoiceFactory(paid=True, at=noon - timedelta(days=45), due_date=noon - timedelta(days=45))

        assert set(listed(clerk_client, age=age)) == wanted

    def test_age_filter_narrows_to_overdue_invoices(self, clerk_client):
        late = InvoiceFactory(overdue=True)
        InvoiceFactory(issued=True)

        assert listed(clerk_client, age="overdue") == [late.pk]

    def test_tag_filter_ignores_case(self, clerk_client):
        TagFactory(name="Recall")
        tagged = InvoiceFactory(tags=["recall"])
        other = InvoiceFactory(tags=["Insurance"])
        InvoiceFactory()

        assert listed(clerk_client, tag="RECALL") == [tagged.pk]
        assert set(listed(clerk_client, tag=["Recall", "Insurance"])) == {tagged.pk, other.pk}

    def test_patient_filter_includes_merged_patients(self, clerk_client):
        survivor = PatientFactory()
        merged = PatientFactory(merged__into=survivor)
        theirs = {InvoiceFactory(patient=survivor).pk, InvoiceFactory(patient=merged).pk}
        InvoiceFactory()

        assert set(listed(clerk_client, patient__id__exact=str(merged.pk))) == theirs

    def test_date_and_amount_filters_narrow_the_list(self, clerk_client, noon):
        small = InvoiceFactory(issued=True, total="10.00", at=noon)
        InvoiceFactory(issued=True, total="500.00", at=noon)
        InvoiceFactory(issued=True, total="10.00", at=noon - timedelta(days=3))

        assert listed(clerk_client, total_amount_to="20", issue_date_from="2026-06-15") == [small.pk]

    @pytest.mark.parametrize(
        "query", ["age=soon", "queue=mine", "patient__id__exact=ana", "due_date_from=soon", "status=x&drop=1", "x__y=1"]
    )
    def test_invalid_filter_values_are_refused(self, clerk_client, query):
        response = clerk_client.get(f"{LIST}?{query}")

        assert response.status_code in {302, 400}
        if response.status_code == 302:
            assert response.headers["Location"].endswith("?e=1")


class TestSearch:
    def test_search_matches_number_patient_and_item_together(self, clerk_client):
        found = InvoiceFactory(issued=True, patient__family_name="Müßig")
        InvoiceFactory(issued=True)

        assert listed(clerk_client, q=f"mussig consult {found.reg_number.lower()}") == [found.pk]

    def test_search_finds_invoices_of_many_patients(self, clerk_client, monkeypatch):
        for name in ("FEW_ROWS", "FEW_PATIENTS"):
            monkeypatch.setattr(f"billing.models.invoice.search.{name}", 1)
        found = {InvoiceFactory(patient__family_name="Kim").pk, InvoiceFactory(patient__family_name="Kim").pk}
        one = InvoiceFactory(patient__family_name="Lone").pk

        assert set(listed(clerk_client, q="kim consultation")) == found
        assert listed(clerk_client, q="lone consultation") == [one]

    def test_search_requires_every_word(self, clerk_client):
        InvoiceFactory(patient__family_name="Müßig")

        assert listed(clerk_client, q="mussig nobody") == []

    @pytest.mark.parametrize("text", ["%00", "%", "_", "\\", "'", "x" * 5000, "a " * 500, "\ud800"])
    def test_search_accepts_any_text(self, clerk_client, text):
        InvoiceFactory()
        query = "q=%00" if text == "%00" else {"q": text.encode("utf-8", "replace").decode()}

        response = clerk_client.get(f"{LIST}?{query}") if isinstance(query, str) else clerk_client.get(LIST, query)

        assert response.status_code == 200

    def test_search_combines_with_queue_and_filter(self, clerk_client):
        late = InvoiceFactory(overdue=True, patient__family_name="Kim", total="70.00")
        InvoiceFactory(overdue=True, patient__family_name="Kim", total="700.00")
        InvoiceFactory(issued=True, patient__family_name="Kim", total="70.00")

        assert listed(clerk_client, q="kim", queue="overdue", remaining_amount_to="100") == [late.pk]


class TestQueues:
    @pytest.fixture
    def work(self, clerk_client):
        rows = {
            "to_issue": InvoiceFactory(),
            "overdue": InvoiceFactory(overdue=True),
            "part_paid": InvoiceFactory(part_paid=True),
            "written_off": InvoiceFactory(written_off=True),
        }
        InvoiceFactory(paid=True)
        return rows

    @pytest.mark.parametrize("queue", ["to_issue", "overdue", "part_paid", "written_off"])
    def test_queues_list_their_invoices(self, clerk_client, work, queue):
        assert listed(clerk_client, queue=queue) == [work[queue].pk]

    def test_credit_queue_lists_payments(self, clerk_client):
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
        PaymentFactory()  # credit of a patient without open invoices

        response = clerk_client.get(invoice_list_url(queue="credit"))

        assert [row.pk for row in response.context["cl"].result_list] == [payment.pk]

    def test_queue_tabs_show_their_counts(self, clerk_client, work):
        shown = compact_html(clerk_client.get(QUEUES, {"queue": "overdue"}))

        assert shown.count("clinic-tab-count") == 6
        assert 'aria-current="page">Overdue<span class="clinic-tab-count">1</span>' in shown
        assert 'Credit to allocate<span class="clinic-tab-count">0</span>' in shown

    def test_current_queue_is_marked(self, clerk_client, work):
        shown = compact_html(clerk_client.get(LIST, {"queue": "part_paid"}))

        assert 'queue=part_paid" aria-current="page"' in shown
        assert shown.count('aria-current="page">') == 1


class TestTotals:
    def test_totals_are_those_of_the_filtered_list(self, clerk_client):
        InvoiceFactory(part_paid="40.00")
        InvoiceFactory(issued=True, total="1000.00")
        InvoiceFactory(paid=True)

        shown = compact_html(clerk_client.get(TOTALS, {"status__exact": ["ISSUED", "PARTIALY_PAID"]}))

        for amount in (">1,100.00<", ">40.00<", ">1,060.00 EUR<"):
            assert amount in shown

    def test_totals_leave_out_void_invoices_and_count_them(self, clerk_client):
        InvoiceFactory(void=True)

        assert "Excluding 1 void invoice" in compact_html(clerk_client.get(TOTALS))

    def test_totals_are_not_calculated_for_too_many_invoices(self, clerk_client, monkeypatch):
        InvoiceFactory.create_batch(3)
        monkeypatch.setattr("billing.admin.exported_list.MAX_TOTALLED_ROWS", 2)

        assert "More than 2 rows" in compact_html(clerk_client.get(TOTALS))

    def test_totals_refuse_filters_that_the_list_refuses(self, clerk_client):
        assert clerk_client.get(TOTALS, {"age": "soon"}).status_code == 400


class TestPagination:
    def test_rows_are_counted_up_to_the_limit(self, clerk_client, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 3)
        InvoiceFactory.create_batch(4)

        assert "More than 3 invoices" in compact_html(clerk_client.get(LIST))

    def test_row_count_below_the_limit_is_exact(self, clerk_client, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 3)
        InvoiceFactory.create_batch(3)

        assert "3 invoices" in compact_html(clerk_client.get(LIST))
        assert "More than" not in compact_html(clerk_client.get(LIST))

    def test_pages_end_where_the_count_ends(self, clerk_client, monkeypatch):
        monkeypatch.setattr(CappedPaginator, "max_count", 60)
        InvoiceFactory.create_batch(70)

        assert len(listed(clerk_client, p=2)) == 10
        assert clerk_client.get(LIST, {"p": 3}).status_code == 302


class TestQueryCount:
    def count_queries(self, client, path, query, django_assert_max_num_queries):
        with django_assert_max_num_queries(30) as queries:
            assert client.get(path, query).status_code == 200
        return len(queries)

    @pytest.mark.parametrize(
        ("path", "query", "expected"),
        [
            (LIST, {}, 7),
            (LIST, {"q": "consultation"}, 7),
            (LIST, {"queue": "overdue", "tag": "recall"}, 8),  # one for the id of the tag
            (TOTALS, {}, 6),
            (QUEUES, {}, 5),
        ],
    )
    def test_query_count_is_independent_of_the_number_of_invoices(
        self, clerk_client, django_assert_max_num_queries, path, query, expected
    ):
        InvoiceFactory(overdue=True, tags=["recall"])
        self.count_queries(clerk_client, path, query, django_assert_max_num_queries)  # loads the content types
        few = self.count_queries(clerk_client, path, query, django_assert_max_num_queries)
        for _ in range(8):
            InvoiceFactory(overdue=True, tags=["recall"])

        assert self.count_queries(clerk_client, path, query, django_assert_max_num_queries) == few
        is_probed = "q" in query and connection.vendor == "postgresql"
        assert few == expected + 2 * is_probed  # one for the invoices, one for the patients with the word

    def test_list_counts_no_more_rows_than_its_limit(self, clerk_client, django_assert_max_num_queries):
        InvoiceFactory()
        with django_assert_max_num_queries(30) as queries:
            clerk_client.get(LIST)

        counts = [row["sql"] for row in queries.captured_queries if "COUNT(" in row["sql"].upper()]
        assert counts
        assert all("LIMIT 10001" in sql for sql in counts)


class TestPermissions:
    @pytest.mark.parametrize("path", [LIST, TOTALS, QUEUES, f"{LIST}export/csv/", f"{LIST}export/xlsx/"])
    def test_list_requires_permission_to_read_invoices(self, login_as, path):
        for role in ("clerk", "supervisor", "auditor"):
            assert login_as(role).get(path).status_code == 200
        without_role = Client()
        without_role.force_login(User.objects.create_user("without_role", is_staff=True))

        assert without_role.get(path).status_code == 403
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
    def test_bulk_actions_are_those_of_the_role(self, login_as, role, offered):
        InvoiceFactory()
        response = login_as(role).get(LIST)

        choices = {name for name, _ in response.context["action_form"].fields["action"].choices if name}
        assert choices == offered


def test_list_links_to_the_invoice_and_its_patient(clerk_client):
    invoice = InvoiceFactory()
    shown = compact_html(clerk_client.get(LIST))

    assert reverse("admin:billing_invoice_change", args=[invoice.pk]) in shown
    assert reverse("admin:patients_patient_change", args=[invoice.patient_id]) in shown
    assert Invoice.objects.count() == 1
