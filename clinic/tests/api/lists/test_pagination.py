"""Long lists: cached counts, deep offsets and the offset index, tested with the list of patients."""

import re
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.api.lists import counts, offset_index, pagination
from clinic.api.lists.offset_index import OffsetIndex
from clinic.api.lists.ordering import Order
from clinic.tests.api.lists.paging import page_link, read_all_pages
from patients.models import Patient
from patients.tests.factories import PatientFactory


class TestLongList:
    """The list of patients, with limits that make five rows a long list."""

    @pytest.fixture(autouse=True)
    def small_limits(self, monkeypatch):
        monkeypatch.setattr(counts, "MAX_EXACT", 3)
        monkeypatch.setattr(pagination, "DEEP_OFFSET", 0)
        counts.cache.clear()
        yield
        counts.cache.clear()

    @pytest.mark.parametrize("order_by", ["created_at", "-created_at", "birth_date", "-birth_date,given_name", "name"])
    def test_long_list_is_the_same_at_each_offset(self, client, five, order_by):
        whole, _ = read_all_pages(client, order_by=order_by)

        for offset in range(7):
            answer = client.get("/patient/", order_by=order_by, offset=offset, limit=2)
            assert [patient["given_name"] for patient in answer.json()["data"]] == whole[offset : offset + 2]
            assert answer.json()["total"] == 5
            assert bool(page_link(answer, "next")) == (offset + 2 < 5)

    def test_long_list_is_read_from_the_nearer_end(self, client, five, django_assert_num_queries):
        with django_assert_num_queries(4) as asked:  # the token; the bound, the count; the rows
            client.get("/patient/", offset=4)

        assert "DESC" in asked.captured_queries[3]["sql"]

    def test_long_list_is_counted_once_in_some_seconds(self, client, five, monkeypatch, django_assert_num_queries):
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now[0])
        client.get("/patient/", limit=2)
        PatientFactory(given_name="5", family_name="Kim")

        with django_assert_num_queries(2):  # the token, the rows
            assert client.get("/patient/", limit=2).json()["total"] == 5
        now[0] += counts.MIN_SECONDS
        assert client.get("/patient/", limit=2).json()["total"] == 6

    def test_count_is_cached_longer_the_longer_it_took(self, client, five, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now.append(now[-1] + 0.1) or now[-1])  # 0.1 s go by
        client.get("/patient/", limit=2)
        PatientFactory(given_name="5", family_name="Kim")

        now.append(now[-1] + counts.CACHE_FACTOR * 0.1 - 0.3)
        assert client.get("/patient/", limit=2).json()["total"] == 5
        now.append(now[-1] + 0.3)
        assert client.get("/patient/", limit=2).json()["total"] == 6

    def test_count_is_cached_for_a_minute_at_most(self, client, five, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now.append(now[-1] + 1) or now[-1])
        client.get("/patient/", limit=2)
        PatientFactory(given_name="5", family_name="Kim")

        now.append(now[-1] + counts.MAX_SECONDS)
        assert client.get("/patient/", limit=2).json()["total"] == 6

    def test_list_known_to_be_long_is_counted_by_one_query(self, client, five, monkeypatch, django_assert_num_queries):
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now[0])
        client.get("/patient/", limit=2)
        now[0] += counts.MIN_SECONDS

        with django_assert_num_queries(3):  # the token, the rows, the count
            client.get("/patient/", limit=2)

    def test_list_that_became_short_is_counted_exactly(self, client, five, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now[0])
        client.get("/patient/", limit=1)
        for patient in five[3:]:
            patient.delete()
        now[0] += counts.MIN_SECONDS

        assert client.get("/patient/", limit=1).json()["total"] == 3
        five[2].delete()
        assert client.get("/patient/", limit=1).json()["total"] == 2

    def test_offsets_of_a_long_list_stay_while_rows_are_added(self, client, five):
        before = client.get("/patient/", offset=3, limit=2).json()["data"]
        PatientFactory(given_name="5", family_name="Kim")

        assert client.get("/patient/", offset=3, limit=2).json()["data"] == before

    def test_count_is_cached_for_each_user(self, client, api, five, outsider):
        client.get("/patient/", limit=1)
        five[0].login = outsider
        five[0].save()

        assert api(outsider).get("/patient/", limit=1).json()["total"] == 1

    def test_count_is_cached_for_each_query(self, client, five):
        assert client.get("/patient/", limit=1).json()["total"] == 5
        assert client.get("/patient/", limit=1, search="kim", active="true").json()["total"] == 5
        assert client.get("/patient/", limit=1, active="false").json()["total"] == 0

    def test_limit_of_0_counts_exactly(self, client, five):
        client.get("/patient/", limit=2)
        PatientFactory(given_name="5", family_name="Kim")

        assert client.get("/patient/", limit=0).json()["total"] == 6

    def test_cache_of_counts_is_bounded(self, client, five, monkeypatch):
        monkeypatch.setattr(counts.cache, "max_size", 2)
        for name in ("k", "ki", "kim", "im"):
            client.get("/patient/", limit=1, search=name)

        assert len(counts.cache) == 2


@pytest.mark.django_db(transaction=True)
class TestCachedCount:
    """Counts while the database changes or does not."""

    @pytest.fixture(autouse=True)
    def empty_cache(self, monkeypatch):
        if connection.vendor == "postgresql":  # where other tests write to the same cluster
            monkeypatch.setattr(counts, "change_token", lambda _: tuple(Patient.objects.values_list("pk", flat=True)))
        counts.cache.clear()
        yield
        counts.cache.clear()

    @pytest.fixture
    def count(self, client, five):
        """Return a function: the number of counting queries of a request, and its total."""

        def read_count():
            with CaptureQueriesContext(connection) as asked:
                total = client.get("/patient/", limit=2).json()["total"]
            return sum("COUNT(*)" in query["sql"] for query in asked), total

        return read_count

    def test_count_is_cached_while_the_database_does_not_change(self, count):
        assert [count(), count()] == [(1, 5), (0, 5)]

    def test_list_is_counted_again_after_a_change(self, count):
        count()
        PatientFactory(given_name="5", family_name="Kim")

        assert [count(), count()] == [(1, 6), (0, 6)]

    def test_list_is_counted_again_on_another_day(self, count, monkeypatch):
        count()
        monkeypatch.setattr(counts, "today", lambda: date(2030, 1, 1))

        assert [count(), count()] == [(1, 5), (0, 5)]

    def test_count_of_a_long_list_stays_cached_while_the_database_does_not_change(self, count, monkeypatch):
        monkeypatch.setattr(counts, "MAX_EXACT", 3)
        now = [1000.0]
        monkeypatch.setattr(counts, "monotonic", lambda: now[0])
        count()
        now[0] += counts.MAX_SECONDS

        assert count() == (0, 5)


class TestOffsetIndex:
    """Deep offsets of a list of twelve, with small limits."""

    @pytest.fixture(autouse=True)
    def small_limits(self, monkeypatch):
        monkeypatch.setattr(counts, "MAX_EXACT", 3)
        monkeypatch.setattr(pagination, "DEEP_OFFSET", 0)
        for module in (pagination, offset_index):
            monkeypatch.setattr(module, "STEP", 2)
        counts.cache.clear()
        yield
        counts.cache.clear()

    @pytest.fixture
    def twelve(self, db):
        return [PatientFactory(given_name=f"{place:02}", family_name="Kim") for place in range(12)]

    def page(self, client, offset, **query):
        answer = client.get("/patient/", offset=offset, limit=1, **query)
        return [patient["given_name"] for patient in answer.json()["data"]]

    def skipped_and_page(self, client, offset, **query):
        """Return the number of rows that the database skips, and the page."""
        with CaptureQueriesContext(connection) as asked:
            shown = self.page(client, offset, **query)
        (skipped,) = (int(number) for each in asked for number in re.findall(r"OFFSET (\d+)", each["sql"]))
        return skipped, shown

    def test_deep_offset_is_read_from_the_nearest_known_row(self, client, twelve):
        assert self.skipped_and_page(client, 5) == (4, ["05"])  # the row before it is read too

        assert self.page(client, 5) == ["05"]
        assert self.skipped_and_page(client, 6) == (1, ["06"])
        assert self.skipped_and_page(client, 8) == (2, ["08"])
        assert self.skipped_and_page(client, 9) == (1, ["09"])

    @pytest.mark.parametrize("order", [range(13), range(12, -1, -1), (5, 3, 9, 1, 7, 4, 8, 5, 6, 2, 11, 12, 0, 10)])
    def test_offset_index_leads_to_the_same_pages(self, client, twelve, order):
        for offset in order:
            assert self.page(client, offset) == [f"{offset:02}"] * (offset < 12)

    @pytest.mark.parametrize("query", [{"order_by": "-created_at"}, {"order_by": "name"}, {"search": "kim"}])
    def test_list_that_does_not_grow_at_its_end_has_no_offset_index(self, client, twelve, query):
        self.page(client, 5, **query)

        assert self.skipped_and_page(client, 6, **query)[0] > 3

    def test_offset_index_stays_valid_while_rows_are_added(self, client, twelve):
        self.page(client, 5)
        PatientFactory(given_name="12", family_name="Kim")

        assert [self.page(client, offset) for offset in (4, 5, 6, 7)] == [["04"], ["05"], ["06"], ["07"]]

    def test_emptied_list_has_no_rows_at_a_known_offset(self, client, twelve):
        client.get("/patient/", limit=1)
        Patient.objects.all().delete()

        assert self.page(client, 5) == []


def test_offset_index_keeps_the_first_known_offset_of_each_block(monkeypatch):
    monkeypatch.setattr(offset_index, "STEP", 2)
    index, order = OffsetIndex(), Order.by(Patient, {}, ())

    for offset in (5, 4, 5, 9, 8, 9):
        index.add(offset, order.after_row(Patient(pk=UUID(int=offset))))

    assert len(index) == 2
    assert [index.nearest(offset, order)[0] for offset in (3, 4, 7, 8, 20)] == [0, 4, 4, 8, 8]
