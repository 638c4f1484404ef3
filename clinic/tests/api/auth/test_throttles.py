"""How much one person, and one application, may ask in a minute."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from oauth2_provider.models import Application

from clinic.api.auth.throttles import ClientThrottle, MinuteCounter, UserThrottle
from clinic.testing import NOON, ApiClient, token_for

pytestmark = pytest.mark.neutral


@pytest.fixture(autouse=True)
def clock():
    """A minute that has just begun, in which nobody has asked for anything."""
    UserThrottle.counter.clear()
    ClientThrottle.counter.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    UserThrottle.counter.clear()
    ClientThrottle.counter.clear()


def ask(client, times=1):
    return [client.get("/patient/", limit=0).status_code for _ in range(times)]


class TestPerUser:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings):
        settings.THROTTLE_USER, settings.THROTTLE_CLIENT = 3, 0

    def test_lets_through_what_is_allowed_and_no_more(self, api, clerk):
        assert ask(api(clerk), 5) == [200, 200, 200, 429, 429]

    def test_says_when_to_come_back(self, api, clerk, clock):
        client = api(clerk)
        clock.shift(timedelta(seconds=18))
        ask(client, 3)

        answer = client.get("/patient/")

        assert answer["Retry-After"] == "42"
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Cache-Control"] == "no-store"
        assert answer.json()["code"] == "throttled"
        assert answer.json()["status"] == 429

    def test_ends_with_the_minute(self, api, clerk, clock):
        client = api(clerk)
        ask(client, 4)

        clock.shift(timedelta(seconds=60))

        assert ask(client, 4) == [200, 200, 200, 429]

    def test_counts_a_person_over_all_their_tokens(self, api, clerk):
        other = Application.objects.create(name="other", client_type="public", authorization_grant_type="password")
        ask(api(clerk), 3)

        assert ask(ApiClient(token_for(clerk, application=other))) == [429]

    def test_leaves_other_people_alone(self, api, clerk, supervisor):
        ask(api(clerk), 4)

        assert ask(api(supervisor)) == [200]

    def test_counts_writes_too_and_lets_none_through(self, api, clerk):
        client = api(clerk)
        ask(client, 3)

        assert client.post("/patient/", {"family_name": "Adeyemi"}).status_code == 429
        assert client.get("/patient/").status_code == 429

    def test_does_not_count_who_has_no_token(self, api, anonymous, clerk):
        for _ in range(5):
            assert anonymous.get("/patient/").status_code == 401

        assert ask(api(clerk)) == [200]


class TestPerClient:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings):
        settings.THROTTLE_USER, settings.THROTTLE_CLIENT = 0, 3

    def test_counts_an_application_for_whomever_it_acts(self, api, clerk, supervisor):
        assert ask(api(clerk), 2) + ask(api(supervisor), 2) == [200, 200, 200, 429]

    def test_leaves_other_applications_alone(self, api, clerk):
        other = Application.objects.create(name="other", client_type="public", authorization_grant_type="password")
        ask(api(clerk), 4)

        assert ask(ApiClient(token_for(clerk, application=other))) == [200]

    def test_does_not_count_a_token_of_no_application(self, clerk):
        assert ask(ApiClient(token_for(clerk)), 5) == [200] * 5


class TestNoLimit:
    def test_is_what_0_means(self, settings, api, clerk):
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0

        assert ask(api(clerk), 20) == [200] * 20

    def test_costs_no_statement_either_way(self, settings, api, clerk, django_assert_num_queries):
        client = api(clerk)
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0
        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")

        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 100
        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")

    def test_is_set_at_the_token_endpoint_by_the_lock_out(self, settings, db):
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 1

        assert {Client().post("/o/token/", {"grant_type": "password"}).status_code for _ in range(3)} == {400}


class TestMinute:
    def test_keeps_nothing_of_the_one_before(self, clock):
        counter = MinuteCounter()
        for key in range(1000):
            counter.add(key)

        clock.shift(timedelta(seconds=60))

        assert (counter.add(1), len(counter)) == (1, 1)
