"""Rate limits of users and of applications."""

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
    """The start of a minute, without any requests so far."""
    UserThrottle.counter.clear()
    ClientThrottle.counter.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    UserThrottle.counter.clear()
    ClientThrottle.counter.clear()


def statuses(client, times=1):
    return [client.get("/patient/", limit=0).status_code for _ in range(times)]


class TestUserThrottle:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings):
        settings.THROTTLE_USER, settings.THROTTLE_CLIENT = 3, 0

    def test_user_is_throttled_above_the_limit(self, api, clerk):
        assert statuses(api(clerk), 5) == [200, 200, 200, 429, 429]

    def test_throttled_response_has_the_seconds_until_the_next_minute(self, api, clerk, clock):
        client = api(clerk)
        clock.shift(timedelta(seconds=18))
        statuses(client, 3)

        answer = client.get("/patient/")

        assert answer["Retry-After"] == "42"
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Cache-Control"] == "no-store"
        assert answer.json()["code"] == "throttled"
        assert answer.json()["status"] == 429
        assert answer.json()["detail"] == "Too many requests. Try again in 42 seconds."

    def test_user_may_continue_in_the_next_minute(self, api, clerk, clock):
        client = api(clerk)
        statuses(client, 4)

        clock.shift(timedelta(seconds=60))

        assert statuses(client, 4) == [200, 200, 200, 429]

    def test_requests_of_all_tokens_of_a_user_are_counted_together(self, api, clerk):
        other = Application.objects.create(name="other", client_type="public", authorization_grant_type="password")
        statuses(api(clerk), 3)

        assert statuses(ApiClient(token_for(clerk, application=other))) == [429]

    def test_throttled_user_does_not_affect_other_users(self, api, clerk, supervisor):
        statuses(api(clerk), 4)

        assert statuses(api(supervisor)) == [200]

    def test_throttled_write_is_not_carried_out(self, api, clerk):
        client = api(clerk)
        statuses(client, 3)

        assert client.post("/patient/", {"family_name": "Adeyemi"}).status_code == 429
        assert client.get("/patient/").status_code == 429

    def test_requests_without_a_token_are_not_counted(self, api, anonymous, clerk):
        for _ in range(5):
            assert anonymous.get("/patient/").status_code == 401

        assert statuses(api(clerk)) == [200]


class TestClientThrottle:
    @pytest.fixture(autouse=True)
    def three_a_minute(self, settings):
        settings.THROTTLE_USER, settings.THROTTLE_CLIENT = 0, 3

    def test_requests_of_all_users_of_an_application_are_counted_together(self, api, clerk, supervisor):
        assert statuses(api(clerk), 2) + statuses(api(supervisor), 2) == [200, 200, 200, 429]

    def test_throttled_application_does_not_affect_others(self, api, clerk):
        other = Application.objects.create(name="other", client_type="public", authorization_grant_type="password")
        statuses(api(clerk), 4)

        assert statuses(ApiClient(token_for(clerk, application=other))) == [200]

    def test_token_without_an_application_is_not_counted(self, clerk):
        assert statuses(ApiClient(token_for(clerk)), 5) == [200] * 5


class TestNoLimit:
    def test_limit_of_0_allows_everything(self, settings, api, clerk):
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0

        assert statuses(api(clerk), 20) == [200] * 20

    def test_throttling_costs_no_query(self, settings, api, clerk, django_assert_num_queries):
        client = api(clerk)
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 0
        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")

        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 100
        with django_assert_num_queries(1):
            client.get("/patient/not-an-id")

    def test_token_endpoint_is_not_throttled(self, settings, db):
        settings.THROTTLE_USER = settings.THROTTLE_CLIENT = 1

        assert {Client().post("/o/token/", {"grant_type": "password"}).status_code for _ in range(3)} == {400}


class TestMinuteCounter:
    def test_counter_drops_the_counts_of_earlier_minutes(self, clock):
        counter = MinuteCounter()
        for key in range(1000):
            counter.add(key)

        clock.shift(timedelta(seconds=60))

        assert (counter.add(1), len(counter)) == (1, 1)
