"""Parameters and responses of lists, tested with the list of patients."""

import re

import pytest
from django.utils import timezone

from billing.api.invoices import InvoiceResource
from billing.api.payments import PaymentResource
from clinic.api.lists.listing import PAGE_PARAMETERS
from clinic.api.lists.pagination import MAX_OFFSET
from clinic.testing import codes_of
from clinic.tests.api.lists.paging import page_link, read_all_pages
from patients.api.resources import AppointmentResource, PatientResource
from patients.models import Patient


class TestEnvelope:
    def test_envelope_has_the_four_members_of_the_contract(self, client, five):
        answer = client.get("/patient/").json()

        assert list(answer) == ["total", "offset", "limit", "data"]
        assert (answer["total"], answer["offset"], answer["limit"], len(answer["data"])) == (5, 0, 100, 5)

    def test_envelope_of_an_empty_list_has_no_data(self, client):
        assert client.get("/patient/").json() == {"total": 0, "offset": 0, "limit": 100, "data": []}


class TestLimit:
    @pytest.mark.parametrize(("sent", "echoed"), [("1", 1), ("500", 500), ("501", 500), (str(10**30), 500), ("007", 7)])
    def test_limit_is_echoed_and_clamped(self, client, five, sent, echoed):
        assert client.get("/patient/", limit=sent).json()["limit"] == echoed

    def test_limit_of_0_returns_only_the_count(self, client, five):
        answer = client.get("/patient/", limit=0, offset=3)

        assert answer.json() == {"total": 5, "offset": 3, "limit": 0, "data": []}
        assert "Link" not in answer

    @pytest.mark.parametrize("sent", ["-1", "abc", "1.5", "1e2", " 1", "+1", "１", "1\0", "0x1", "null"])
    def test_limit_that_is_no_number_is_refused(self, client, sent):
        answer = client.get("/patient/", limit=sent)

        assert answer.status_code == 400
        assert codes_of(answer) == {"?limit": "invalid"}


class TestOffset:
    def test_offset_skips_the_first_rows(self, client, five):
        answer = client.get("/patient/", offset=2, limit=2).json()

        assert [patient["given_name"] for patient in answer["data"]] == ["2", "3"]
        assert (answer["total"], answer["offset"]) == (5, 2)

    @pytest.mark.parametrize("offset", [5, 6, MAX_OFFSET])
    def test_offset_past_the_end_returns_no_rows(self, client, five, offset):
        answer = client.get("/patient/", offset=offset)

        assert answer.json() == {"total": 5, "offset": offset, "limit": 100, "data": []}

    @pytest.mark.parametrize("sent", [str(MAX_OFFSET + 1), str(10**30), "9" * 5000, "-1", "x"])
    def test_offset_out_of_bounds_is_refused(self, client, sent):
        answer = client.get("/patient/", offset=sent)

        assert answer.status_code == 400
        assert set(codes_of(answer)) == {"?offset"}


class TestOrder:
    @pytest.mark.parametrize(
        ("order_by", "names"),
        [
            (None, "01234"),
            ("created_at", "01234"),
            ("-created_at", "43210"),
            ("-given_name", "43210"),
            ("name", "01234"),
            ("birth_date,given_name", "20314"),
            ("birth_date,-given_name", "23041"),
            ("-birth_date,given_name", "03214"),
            ("-birth_date,-given_name", "30241"),
            ("created_at,-created_at", "01234"),
        ],
    )
    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_list_is_ordered_with_nulls_last_on_every_page(self, client, five, order_by, names, limit):
        query = {"order_by": order_by} if order_by else {}

        seen, pages = read_all_pages(client, limit=limit, **query)

        assert "".join(seen) == names
        assert pages == -(-5 // limit)

    @pytest.mark.parametrize("order_by", ["birth_date", "-birth_date", "family_name", "-family_name"])
    def test_ties_are_ordered_alike_on_every_read(self, client, five, order_by):
        whole, _ = read_all_pages(client, order_by=order_by)

        assert sorted(whole) == list("01234")
        assert [read_all_pages(client, order_by=order_by, limit=limit)[0] for limit in (1, 2, 3)] == [whole] * 3

    def test_order_may_be_given_in_several_parameters(self, client, five):
        answer = client.get("/patient/?order_by=birth_date&order_by=-given_name").json()

        assert [patient["given_name"] for patient in answer["data"]] == list("23041")

    @pytest.mark.parametrize("sent", ["nam", "-", "--name", "search_text", "pk", "login__password", "name\0", "?"])
    def test_unknown_order_is_refused(self, client, sent):
        answer = client.get("/patient/", order_by=sent)

        assert answer.status_code == 400
        assert codes_of(answer) == {"?order_by": "invalid"}


class TestCursor:
    @pytest.fixture
    def cursor(self, client, five):
        return re.search("cursor=([^>]+)>", client.get("/patient/", limit=2)["Link"]).group(1)

    def test_link_keeps_the_other_parameters(self, client, five):
        link = client.get("/patient/?limit=2&search=kim&active=true&order_by=-name&offset=1")["Link"]

        assert link.startswith("</patient/?limit=2&search=kim&active=true&order_by=-name&cursor=")

    def test_cursor_continues_after_its_row_when_rows_are_added(self, client, five, cursor):
        Patient.objects.filter(given_name="1").update(created_at=timezone.now())

        assert [patient["given_name"] for patient in client.get(f"/patient/?cursor={cursor}").json()["data"]] == list(
            "2341"
        )

    def test_total_with_a_cursor_counts_the_whole_list(self, client, cursor):
        assert client.get(f"/patient/?cursor={cursor}").json()["total"] == 5

    def test_cursor_with_an_offset_is_refused(self, client, cursor):
        answer = client.get(f"/patient/?cursor={cursor}&offset=1")

        assert codes_of(answer) == {"?cursor": "invalid"}

    @pytest.mark.parametrize("offset", ["0", ""])
    def test_cursor_goes_with_an_offset_of_0(self, client, cursor, offset):
        answer = client.get(f"/patient/?cursor={cursor}&offset={offset}")

        assert [patient["given_name"] for patient in answer.json()["data"]] == list("234")

    def test_cursor_of_another_order_is_refused(self, client, cursor):
        assert codes_of(client.get(f"/patient/?cursor={cursor}&order_by=name")) == {"?cursor": "invalid"}

    def test_cursor_of_another_list_is_refused(self, client, cursor):
        assert codes_of(client.get(f"/appointment/?cursor={cursor}")) == {"?cursor": "invalid"}

    @pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "a:b", "\0", "ü", "a" * 100_000, "e30:e30"])
    def test_made_up_cursor_is_refused(self, client, cursor):
        answer = client.get("/patient/", cursor=cursor)

        assert answer.status_code == 400
        assert codes_of(answer) == {"?cursor": "invalid"}

    def test_altered_cursor_is_refused(self, client, cursor):
        assert client.get(f"/patient/?cursor=A{cursor[1:]}x").status_code == 400


class TestPreviousPage:
    @pytest.fixture
    def read_back(self, client):
        """Return a function: the given names on all pages, read from the last page to the first."""

        def read_back(**query):
            answer = client.get("/patient/", **query)
            while link := page_link(answer, "next"):
                answer = client.get(link)
            found = [[patient["given_name"] for patient in answer.json()["data"]]]
            while link := page_link(answer, "prev"):
                answer = client.get(link)
                found.insert(0, [patient["given_name"] for patient in answer.json()["data"]])
                assert len(found) < 9
            return found

        return read_back

    @pytest.mark.parametrize(
        "order_by", ["created_at", "-created_at", "birth_date", "-birth_date", "-birth_date,given_name", "family_name"]
    )
    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_prev_links_lead_back_in_every_order(self, client, five, read_back, order_by, limit):
        whole, _ = read_all_pages(client, order_by=order_by)

        found = read_back(order_by=order_by, limit=limit)

        assert [name for page in found for name in page] == whole

    def test_prev_page_links_to_the_next_page_again(self, client, five):
        second = client.get(page_link(client.get("/patient/", limit=2), "next"))

        first = client.get(page_link(second, "prev"))

        assert client.get(page_link(first, "next")).json()["data"] == second.json()["data"]

    def test_first_page_has_no_prev_link(self, client, five):
        assert page_link(client.get("/patient/", limit=2), "prev") == ""
        assert page_link(client.get("/patient/", limit=2, offset=2), "prev")


class TestParameters:
    @pytest.mark.parametrize(
        ("sent", "meant"), [("limt", "limit"), ("actve", "active"), ("orderby", "order_by"), ("Search", "search")]
    )
    def test_unknown_parameter_is_refused_with_the_closest_known_one(self, client, sent, meant):
        answer = client.get("/patient/", **{sent: "1"})

        assert answer.status_code == 400
        assert answer.json()["code"] == "unknown_parameter"
        assert f"“{meant}”" in answer.json()["detail"]

    @pytest.mark.parametrize("resource", [InvoiceResource, PatientResource, PaymentResource, AppointmentResource])
    def test_every_empty_parameter_counts_as_absent(self, client, five, resource):
        names = [*PAGE_PARAMETERS, *resource.listing.filters.base_filters]
        whole = client.get(f"/{resource.path}/").json()

        for query in [*(f"{name}=" for name in names), "&".join(f"{name}=&{name}=" for name in names)]:
            answer = client.get(f"/{resource.path}/?{query}")
            assert answer.status_code == 200, (query, answer.content)
            assert answer.json() == whole

    def test_empty_value_together_with_another_counts_as_absent(self, client, five):
        assert client.get("/patient/?limit=&limit=2&active=true&active=").json()["limit"] == 2

    @pytest.mark.parametrize("name", ["colour", "sort", "page", "x"])
    def test_unknown_parameter_that_resembles_none_gets_no_suggestion(self, client, name):
        assert "Did you mean" not in client.get("/patient/", **{name: "1"}).json()["detail"]

    def test_unknown_parameter_is_refused_though_it_is_empty(self, client):
        assert codes_of(client.get("/patient/?actve=")) == {"?actve": "unknown_parameter"}

    @pytest.mark.parametrize("name", ["limit", "offset", "search", "cursor", "active"])
    def test_repeated_single_parameter_is_refused(self, client, name):
        answer = client.get(f"/patient/?{name}=1&{name}=1")

        assert codes_of(answer)[f"?{name}"] == "repeated_parameter"

    def test_errors_of_all_parameters_are_reported_at_once(self, client):
        answer = client.get("/patient/?limit=x&offset=y&active=maybe&order_by=z&nothing=1&created_from=now")

        assert set(codes_of(answer)) == {"?limit", "?offset", "?active", "?order_by", "?nothing", "?created_from"}

    def test_at_most_fifty_errors_of_parameters_are_reported(self, client):
        answer = client.get("/patient/?" + "&".join(f"p{number}=1" for number in range(900)))

        assert len(answer.json()["errors"]) == 50

    def test_too_many_parameters_are_a_400(self, client):
        answer = client.get("/patient/?" + "&".join(f"p{number}=1" for number in range(5000)))

        assert answer.status_code == 400

    @pytest.mark.parametrize(
        "query", ["%00=1", "%ff=1", "a%ED%A0%80=1", "search=%ED%A0%80", "search=%ff", "=&&=", ";", "%"]
    )
    def test_malformed_query_strings_are_never_a_500(self, client, query):
        assert client.get(f"/patient/?{query}").status_code in {200, 400}

    def test_parameters_of_a_single_record_are_ignored(self, client, five):
        assert client.get(f"/patient/{five[0].pk}?limit=x&nothing=1").status_code == 200


class TestSearch:
    def test_search_may_have_200_characters(self, client):
        assert client.get("/patient/", search="a" * 200).status_code == 200
        assert codes_of(client.get("/patient/", search="a" * 201)) == {"?search": "too_long"}

    def test_search_with_nul_is_refused(self, client):
        assert codes_of(client.get("/patient/", search="a\0")) == {"?search": "bad_text"}

    @pytest.mark.parametrize("search", ["%", "_", "\\", "'", '"', "ki%m", "K_m", "*"])
    def test_search_has_no_wildcards(self, client, five, search):
        assert client.get("/patient/", search=search).json()["total"] == 0

    @pytest.mark.parametrize("search", ["", "   "])
    def test_blank_search_finds_everything(self, client, five, search):
        assert client.get("/patient/", search=search).json()["total"] == 5


class TestQueries:
    def test_page_that_ends_the_list_costs_one_query_after_the_tokens(self, client, five, django_assert_num_queries):
        with django_assert_num_queries(2):
            client.get("/patient/")

    def test_page_in_the_middle_costs_two_queries_after_the_tokens(self, client, five, django_assert_num_queries):
        with django_assert_num_queries(3):
            client.get("/patient/", limit=2)
