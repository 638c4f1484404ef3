"""The first page says what is owed, what came in and what waits, and leads to the invoices behind each figure."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from billing.roles import GROUPS
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory
from clinic.testing import in_role

HOME = "/admin/"


@pytest.fixture
def books(noon, db):
    """Owed: 60 current, 100 overdue since May; 40 came in today; a draft over 100 waits."""
    InvoiceFactory(part_paid="40.00", at=noon)
    InvoiceFactory(overdue=True)
    InvoiceFactory(at=noon)


def figures(answer):
    return {figure.title: figure for figure in answer.context["figures"]}


class TestTheFigures:
    def test_are_those_of_the_books(self, client, clerk, books):
        client.force_login(clerk)

        found = figures(client.get(HOME))

        assert found["Owed now"].amount == Decimal("160.00")
        assert found["Owed now"].lines[0] == "2 invoices of 2 patients"
        assert found["Overdue"].amount == Decimal("100.00")
        assert found["Collected this month"].amount == Decimal("40.00")
        assert found["Drafts waiting"].amount == Decimal("100.00")

    def test_of_an_empty_clinic_are_zero(self, client, clerk):
        client.force_login(clerk)

        answer = client.get(HOME)

        assert {figure.amount for figure in answer.context["figures"]} == {Decimal("0.00")}
        assert "Nothing was taken today." in answer.content.decode()

    def test_say_by_how_much_this_month_is_better(self, client, clerk, noon):
        PaymentFactory(amount="40.00", received_at=noon.replace(month=5, day=10))
        PaymentFactory(amount="10.00", received_at=noon.replace(month=5, day=30))
        PaymentFactory(amount="50.00", at=noon)
        client.force_login(clerk)

        lines = figures(client.get(HOME))["Collected this month"].lines

        assert lines == ("40.00 in the same days of last month (+25 %)", "50.00 in all of last month")

    @pytest.mark.parametrize(("title", "rows"), [("Owed now", 2), ("Overdue", 1), ("Drafts waiting", 1)])
    def test_lead_to_the_invoices_behind_them(self, client, clerk, books, title, rows):
        client.force_login(clerk)

        behind = client.get(figures(client.get(HOME))[title].link)

        assert len(behind.context["cl"].result_list) == rows

    def test_of_the_month_lead_to_its_payments(self, client, clerk, books):
        client.force_login(clerk)

        behind = client.get(figures(client.get(HOME))["Collected this month"].link)

        assert [payment.amount for payment in behind.context["cl"].result_list] == [Decimal("40.00")]


class TestTheAgeing:
    def test_has_a_bar_for_each_bucket_that_leads_to_its_invoices(self, client, clerk, books):
        client.force_login(clerk)

        bars = client.get(HOME).context["bars"]

        assert [bar.title for bar in bars] == [
            "Not yet due",
            "1–30 days late",
            "31–60 days late",
            "61–90 days late",
            "90+ days late",
        ]
        assert [bar.length for bar in bars] == [Decimal(length) for length in ("60.0", "100.0", "0.0", "0.0", "0.0")]
        for bar in bars:
            rows = client.get(bar.link).context["cl"].result_list
            assert len(rows) == bar.row.debts.invoices
            assert sum(invoice.remaining_amount for invoice in rows) == bar.row.debts.amount


class TestTheMonths:
    def test_are_twelve_and_stand_in_a_table_too(self, client, clerk, books):
        client.force_login(clerk)

        answer = client.get(HOME)

        columns = answer.context["chart"].columns
        assert len(columns) == 12
        assert (columns[-1].month.billed, columns[-1].month.collected) == (Decimal("100.00"), Decimal("40.00"))
        assert (columns[-1].billed, columns[-1].collected) == (Decimal("100.0"), Decimal("40.0"))
        assert '<th scope="row">June 2026</th><td class="money">100.00</td>' in answer.content.decode()

    def test_in_which_more_went_than_came_have_no_column(self, client, clerk, noon):
        InvoiceFactory(paid=True, at=noon.replace(month=5))
        InvoiceFactory(refunded=True, at=noon)
        PaymentFactory(amount="50.00", at=noon.replace(month=4), reversed=False)
        client.force_login(clerk)

        assert all(0 <= column.collected <= 100 for column in client.get(HOME).context["chart"].columns)


class TestTheTakings:
    def test_stand_by_method_and_clerk(self, client, clerk, books, noon):
        PaymentFactory(amount="25.00", method="cash", by=clerk, at=noon)
        client.force_login(clerk)

        answer = client.get(HOME)

        rows = [(row.method, row.clerk.name, row.takings.net) for row in answer.context["takings"].rows]
        assert ("cash", "clerk", Decimal("25.00")) in rows
        assert "the drawer holds 25.00" in answer.content.decode()


class TestWhatEachRoleSees:
    BEGINS = {
        "clerk": {"Take a payment", "New invoice"},
        "supervisor": {"Take a payment", "New invoice", "Check the books"},
        "auditor": set(),
        "integration": {"Take a payment", "New invoice"},
    }

    @pytest.mark.parametrize("role", GROUPS)
    def test_is_what_it_may_begin(self, client, role, books):
        client.force_login(in_role(ClerkFactory(username=role), role))

        answer = client.get(HOME)

        assert {str(each["title"]) for each in answer.context["start_links"]} == self.BEGINS[role]
        assert len(answer.context["figures"]) == 4

    @pytest.mark.parametrize(
        ("permissions", "titles"),
        [
            (["view_invoice"], ["Owed now", "Overdue", "Drafts waiting"]),
            (["view_payment", "view_refund"], ["Collected this month"]),
            (["view_payment"], []),
            ([], []),
        ],
    )
    def test_is_no_figure_that_it_may_not_read(self, client, books, permissions, titles):
        narrow = User.objects.create_user("narrow", is_staff=True)
        narrow.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(narrow)

        answer = client.get(HOME)

        assert [figure.title for figure in answer.context["figures"]] == titles
        assert "Credit held" not in answer.content.decode()
        assert ("chart" in answer.context, "bars" in answer.context) == (False, "view_invoice" in permissions)

    def test_is_nothing_to_who_is_no_staff(self, client, outsider):
        client.force_login(outsider)

        assert client.get(HOME).headers["Location"].startswith("/admin/login/")

    def test_leads_nowhere_that_is_not_there(self, client, supervisor, books):
        client.force_login(supervisor)

        for each in client.get(HOME).context["start_links"]:
            assert client.get(each["link"]).status_code == 200
        assert reverse("admin:index") == HOME


class TestItsCost:
    # The session, the person and their permissions; then owed 2, drafts, credit 2, collected 2, takings 2, months.
    STATEMENTS = 14

    @pytest.mark.parametrize("more", [0, 6])
    def test_does_not_grow_with_the_books(self, client, clerk, books, django_assert_num_queries, more):
        for _ in range(more):
            InvoiceFactory(part_paid=True)
        client.force_login(clerk)
        client.get(HOME)

        with django_assert_num_queries(self.STATEMENTS):
            client.get(HOME)
