"""Rate limits of users and of applications."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from oauth2_provider.models import Application, RefreshToken

from clinic.api.auth.throttles import ClientThrottle, MinuteCounter, UserThrottle, token_clients, token_users
from clinic.testing import NOON, ApiClient, token_for
from clinic.tests.api.auth.oauth_requests import PASSWORD, as_client, log_in, post, refresh

pytestmark = pytest.mark.neutral


@pytest.fixture(autouse=True)
def clock():
    """The start of a minute, without any requests so far."""
    counters = UserThrottle.counter, ClientThrottle.counter, token_users, token_clients
    for counter in counters:
        counter.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
    for counter in counters:
        counter.clear()


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


@pytest.mark.slow
class TestTokensOfOneUser:
    @pytest.fixture(autouse=True)
    def five_a_minute(self, settings, user):
        settings.THROTTLE_TOKEN_USER = 5

    def test_refreshes_above_the_limit_are_refused_and_store_nothing(self):
        token = log_in().json()["refresh_token"]

        answers = []
        for _ in range(13):
            answers.append(refresh(token))
            token = answers[-1].json().get("refresh_token", token)

        assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 9
        assert RefreshToken.objects.count() == 5

    def test_refusal_is_an_error_of_rfc_6749_with_retry_after(self, clock):
        clock.shift(timedelta(seconds=18))
        answer = [log_in() for _ in range(6)][-1]

        assert (answer.status_code, answer["Retry-After"]) == (429, "42")
        assert answer.json()["error"] == "temporarily_unavailable"
        assert "Retry-After" in answer.json()["error_description"]

    def test_refused_refresh_token_is_still_good_in_the_next_minute(self, clock):
        token = [log_in() for _ in range(5)][-1].json()["refresh_token"]
        assert refresh(token).status_code == 429

        clock.shift(timedelta(seconds=60))

        assert refresh(token).status_code == 200

    def test_other_users_are_not_concerned(self):
        User.objects.create_user("colleague", password=PASSWORD)
        assert [log_in().status_code for _ in range(6)][-1] == 429

        form = {"grant_type": "password", "username": "colleague", "password": PASSWORD, "client_id": "demo"}

        assert post(**form).status_code == 200

    def test_machine_is_throttled_as_a_user_is(self, integration):
        assert [as_client().status_code for _ in range(6)] == [200] * 5 + [429]

    def test_without_a_limit_nobody_is_refused(self, settings):
        settings.THROTTLE_TOKEN_USER = 0

        assert {log_in().status_code for _ in range(7)} == {200}


class TestRequestsOfOneApplication:
    @pytest.fixture(autouse=True)
    def five_a_minute(self, settings, user):
        settings.THROTTLE_TOKEN_CLIENT = 5

    def test_both_endpoints_count_together(self):
        answers = [refresh("unknown") for _ in range(3)]
        answers += [post("/o/revoke_token/", token="unknown", client_id="demo") for _ in range(3)]

        assert [answer.status_code == 429 for answer in answers] == [False] * 5 + [True]
        assert answers[-1]["Retry-After"] == "60"
        assert answers[-1].json()["error"] == "temporarily_unavailable"

    def test_other_applications_and_addresses_are_not_concerned(self):
        form = {"grant_type": "refresh_token", "refresh_token": "unknown"}
        assert [post(**form, client_id="demo").status_code for _ in range(6)][-1] == 429

        assert post(**form, client_id="other").status_code == 401
        elsewhere = Client(REMOTE_ADDR="203.0.113.9").post("/o/token/", {**form, "client_id": "demo"})
        assert elsewhere.status_code == 400

    def test_application_in_the_header_counts_as_one(self):
        answers = [as_client(client_id="", client_secret="", headers={"Authorization": "Basic bGFi"}) for _ in range(6)]

        assert [answer.status_code == 429 for answer in answers] == [False] * 5 + [True]
