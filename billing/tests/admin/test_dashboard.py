"""Dashboard: figures and their links, charts, takings, permissions."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from billing.operations.payments import reverse_payment
from billing.operations.refunds import refund_credit
from billing.roles import GROUPS
from billing.tests.factories import ClerkFactory, InvoiceFactory, PaymentFactory
from clinic.testing import compact_html, in_role

HOME = "/admin/"


@pytest.fixture
def books(noon, db):
    """Two open invoices with 60 not yet due and 100 overdue since May; 40 collected today; a draft of 100."""
    InvoiceFactory(part_paid="40.00", at=noon)
    InvoiceFactory(overdue=True)
    InvoiceFactory(at=noon)


def figures(response):
    return {figure.title: figure for figure in response.context["figures"]}


class TestFigures:
    def test_figures_are_those_of_the_reports(self, client, clerk, books):
        client.force_login(clerk)

        found = figures(client.get(HOME))

        assert found["Owed now"].amount == Decimal("160.00")
        assert found["Owed now"].lines[0] == "2 invoices of 2 patients"
        assert found["Overdue"].amount == Decimal("100.00")
        assert found["Collected this month"].amount == Decimal("40.00")
        assert found["Drafts waiting"].amount == Decimal("100.00")

    def test_figures_of_an_empty_clinic_are_zero(self, client, clerk):
        client.force_login(clerk)

        response = client.get(HOME)

        assert {figure.amount for figure in response.context["figures"]} == {Decimal("0.00")}
        assert "No payments today." in response.content.decode()

    def test_collected_figure_shows_the_change_since_last_month(self, client, clerk, noon):
        PaymentFactory(amount="40.00", received_at=noon.replace(month=5, day=10))
        PaymentFactory(amount="10.00", received_at=noon.replace(month=5, day=30))
        PaymentFactory(amount="50.00", at=noon)
        client.force_login(clerk)

        lines = figures(client.get(HOME))["Collected this month"].lines

        assert lines == ("40.00 in the same days of last month (+25 %)", "50.00 in all of last month")

    @pytest.mark.parametrize(("title", "rows"), [("Owed now", 2), ("Overdue", 1), ("Drafts waiting", 1)])
    def test_figures_link_to_the_lists_of_their_invoices(self, client, clerk, books, title, rows):
        client.force_login(clerk)

        linked_list = client.get(figures(client.get(HOME))[title].link)

        assert len(linked_list.context["cl"].result_list) == rows

    def test_collected_figure_links_to_the_payments_of_the_month(self, client, clerk, books):
        client.force_login(clerk)

        linked_list = client.get(figures(client.get(HOME))["Collected this month"].link)

        assert [payment.amount for payment in linked_list.context["cl"].result_list] == [Decimal("40.00")]


class TestSumsOfTheLists:
    """Each figure is the sum of the list that it links to."""

    COLUMNS = {
        "Owed now": "remaining_amount",
        "Overdue": "remaining_amount",
        "Collected this month": "amount",
        "Drafts waiting": "total_amount",
    }

    @pytest.fixture
    def eventful_books(self, noon, books, supervisor):
        """Books in which every kind of movement happened, to a merged patient too."""
        earlier = noon.replace(month=5, day=20)
        InvoiceFactory(refunded="30.00", at=noon)
        InvoiceFactory(reversed=True, at=noon)
        InvoiceFactory(part_written_off="25.00", part_paid="10.00", at=earlier)
        InvoiceFactory(written_off=True, at=earlier)
        InvoiceFactory(reinstated=True, at=earlier)
        InvoiceFactory(credited=True, paid=True, at=noon)
        InvoiceFactory(corrected=True, paid=True, at=earlier)
        InvoiceFactory(void=True, at=noon)
        InvoiceFactory(deposit="12.00", at=noon)
        InvoiceFactory(patient__merged=True, part_paid=True, at=earlier)
        reversed_later = PaymentFactory(amount="70.00", at=earlier)
        reverse_payment(payment=reversed_later, reason="Bounced", by=supervisor, at=noon)
        refund_credit(
            payment=PaymentFactory(amount="50.00", at=noon),
            amount=Decimal("20.00"),
            method="cash",
            reason="Asked for it",
            by=supervisor,
            at=noon,
        )

    @pytest.mark.parametrize("title", COLUMNS)
    def test_figure_is_the_sum_of_the_list_behind_it(self, client, supervisor, eventful_books, title):
        client.force_login(supervisor)
        figure = figures(client.get(HOME))[title]

        rows = client.get(figure.link).context["cl"].queryset

        assert figure.amount == sum(getattr(row, self.COLUMNS[title]) for row in rows) != 0

    @pytest.mark.slow
    def test_ageing_bars_are_the_sums_of_their_lists_and_add_up_to_what_is_owed(self, client, clerk, eventful_books):
        client.force_login(clerk)
        home = client.get(HOME)

        for bar in home.context["bars"]:
            rows = client.get(bar.link).context["cl"].queryset
            assert bar.row.debts.amount == sum(row.remaining_amount for row in rows)
        assert sum(bar.row.debts.amount for bar in home.context["bars"]) == figures(home)["Owed now"].amount

    def test_refunds_of_the_month_stand_below_the_figure_and_are_not_deducted(self, client, clerk, noon):
        InvoiceFactory(refunded="30.00", at=noon)
        client.force_login(clerk)

        figure = figures(client.get(HOME))["Collected this month"]

        assert figure.amount == Decimal("100.00")
        assert figure.lines[-1] == "Also refunded: 30.00"


class TestAgeingChart:
    def test_ageing_chart_has_a_bar_for_each_bucket_with_a_link_to_its_invoices(self, client, clerk, books):
        client.force_login(clerk)

        bars = client.get(HOME).context["bars"]

        assert [bar.title for bar in bars] == [
            "Not yet due",
            "1–30 days overdue",
            "31–60 days overdue",
            "61–90 days overdue",
            "90+ days overdue",
        ]
        assert [bar.length for bar in bars] == [Decimal(length) for length in ("60.0", "100.0", "0.0", "0.0", "0.0")]
        for bar in bars:
            rows = client.get(bar.link).context["cl"].result_list
            assert len(rows) == bar.row.debts.invoices
            assert sum(invoice.remaining_amount for invoice in rows) == bar.row.debts.amount


class TestMonthlyChart:
    def test_monthly_chart_has_twelve_months_and_a_table(self, client, clerk, books):
        client.force_login(clerk)

        response = client.get(HOME)

        columns = response.context["chart"].columns
        assert len(columns) == 12
        assert (columns[-1].month.billed, columns[-1].month.collected) == (Decimal("100.00"), Decimal("40.00"))
        assert (columns[-1].billed, columns[-1].collected) == (Decimal("100.0"), Decimal("40.0"))
        assert '<th scope="row">June 2026</th><td class="money">100.00</td>' in compact_html(response)

    def test_month_with_negative_collected_amount_has_no_column(self, client, clerk, noon):
        InvoiceFactory(paid=True, at=noon.replace(month=5))
        InvoiceFactory(refunded=True, at=noon)
        PaymentFactory(amount="50.00", at=noon.replace(month=4), reversed=False)
        client.force_login(clerk)

        assert all(0 <= column.collected <= 100 for column in client.get(HOME).context["chart"].columns)


class TestTakings:
    def test_takings_are_listed_by_method_and_clerk(self, client, clerk, books, noon):
        PaymentFactory(amount="25.00", method="cash", by=clerk, at=noon)
        client.force_login(clerk)

        response = client.get(HOME)

        rows = [(row.method, row.clerk.name, row.takings.net) for row in response.context["takings"].rows]
        assert ("cash", "clerk", Decimal("25.00")) in rows
        assert "the drawer holds 25.00" in response.content.decode()


class TestPermissions:
    START_LINKS = {
        "clerk": {"Take a payment", "New invoice"},
        "supervisor": {"Take a payment", "New invoice", "Check the books"},
        "auditor": set(),
        "integration": {"Take a payment", "New invoice"},
    }

    @pytest.mark.parametrize("role", GROUPS)
    def test_start_links_are_those_that_the_role_allows(self, client, role, books):
        client.force_login(in_role(ClerkFactory(username=role), role))

        response = client.get(HOME)

        assert {str(each["title"]) for each in response.context["start_links"]} == self.START_LINKS[role]
        assert len(response.context["figures"]) == 4

    @pytest.mark.parametrize(
        ("permissions", "titles"),
        [
            (["view_invoice"], ["Owed now", "Overdue", "Drafts waiting"]),
            (["view_payment", "view_refund"], ["Collected this month"]),
            (["view_payment"], []),
            ([], []),
        ],
    )
    def test_figures_are_those_that_the_permissions_allow(self, client, books, permissions, titles):
        limited_user = User.objects.create_user("limited", is_staff=True)
        limited_user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(limited_user)

        response = client.get(HOME)

        assert [figure.title for figure in response.context["figures"]] == titles
        assert "Credit held" not in response.content.decode()
        assert ("chart" in response.context, "bars" in response.context) == (False, "view_invoice" in permissions)

    def test_dashboard_redirects_non_staff_to_the_login(self, client, outsider):
        client.force_login(outsider)

        assert client.get(HOME).headers["Location"].startswith("/admin/login/")

    def test_all_links_of_the_dashboard_exist(self, client, supervisor, books):
        client.force_login(supervisor)

        for each in client.get(HOME).context["start_links"]:
            assert client.get(each["link"]).status_code == 200
        assert reverse("admin:index") == HOME


class TestQueryCount:
    # Session, user and permissions; then receivables 2, drafts, credit 2, collected 2, takings 2, months.
    QUERIES = 14

    @pytest.mark.parametrize("more", [0, 6])
    def test_query_count_is_independent_of_the_number_of_invoices(
        self, client, clerk, books, django_assert_num_queries, more
    ):
        for _ in range(more):
            InvoiceFactory(part_paid=True)
        client.force_login(clerk)
        client.get(HOME)

        with django_assert_num_queries(self.QUERIES):
            client.get(HOME)
