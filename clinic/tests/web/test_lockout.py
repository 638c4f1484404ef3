"""Login lockout: five wrong passwords for a username from an address lock that pair for 15 minutes."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from clinic.testing import NOON
from clinic.web.lockout import client_address
from clinic.web.server import trust_proxy_headers

pytestmark = [pytest.mark.neutral, pytest.mark.slow]

PASSWORD = "open sesame"
CLINIC, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def people(db, demo_application):
    User.objects.create_user("receptionist", password=PASSWORD, is_staff=True)
    User.objects.create_user("accountant", password=PASSWORD, is_staff=True)


def ask(name="receptionist", password="wrong", address=CLINIC, **headers):
    form = {"grant_type": "password", "username": name, "password": password, "client_id": "demo"}
    return Client(REMOTE_ADDR=address).post("/o/token/", form, headers=headers)


def log_in(name="receptionist", password="wrong", address=CLINIC, **headers):
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", form, headers=headers)


def fail(times, attempt=ask, **kwargs):
    return [attempt(**kwargs) for _ in range(times)]


@pytest.fixture(params=[ask, log_in], ids=["token", "admin"])
def attempt(request):
    """A login attempt at the token endpoint, and one at the admin."""
    return request.param


def is_logged_in(answer):
    """Return whether a response has a token, or redirects to the admin's first page."""
    return answer.status_code == 302 or (answer.status_code == 200 and "access_token" in answer.content.decode())


class TestLockout:
    def test_right_password_is_refused_after_five_wrong_ones(self, attempt):
        fail(5, attempt)

        answer = attempt(password=PASSWORD)

        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 900

    def test_right_password_is_accepted_after_four_wrong_ones(self, attempt):
        fail(4, attempt)

        assert is_logged_in(attempt(password=PASSWORD))

    def test_fifth_wrong_password_is_answered_with_429(self, attempt):
        answers = fail(5, attempt)

        assert [answer.status_code == 429 for answer in answers] == [False] * 4 + [True]
        assert 890 <= int(answers[4]["Retry-After"]) <= 900

    def test_failures_at_both_logins_add_up_and_lock_both(self):
        fail(2, ask)
        fail(3, log_in)

        assert ask(password=PASSWORD).status_code == 429
        assert log_in(password=PASSWORD).status_code == 429

    def test_lockout_ends_after_fifteen_minutes(self, attempt):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(5, attempt)
            clock.shift(timedelta(minutes=14, seconds=59))
            assert attempt(password=PASSWORD).status_code == 429
            assert attempt(password=PASSWORD)["Retry-After"] == "1"

            clock.shift(timedelta(seconds=2))

            assert is_logged_in(attempt(password=PASSWORD))

    def test_attempts_during_a_lockout_do_not_prolong_it(self, attempt):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(5, attempt)
            clock.shift(timedelta(minutes=14))
            fail(10, attempt)

            clock.shift(timedelta(minutes=1, seconds=1))

            assert is_logged_in(attempt(password=PASSWORD))

    def test_lockout_of_one_address_leaves_another_alone(self, attempt):
        fail(6, attempt)

        assert is_logged_in(attempt(password=PASSWORD, address=ELSEWHERE))

    def test_lockout_of_one_username_leaves_another_alone(self, attempt):
        fail(6, attempt)

        assert is_logged_in(attempt(name="accountant", password=PASSWORD))

    def test_right_password_resets_the_failures(self, attempt):
        fail(4, attempt)
        attempt(password=PASSWORD)
        fail(4, attempt)

        assert is_logged_in(attempt(password=PASSWORD))

    def test_right_password_does_not_reset_the_failures_of_another_username(self, attempt):
        fail(4, attempt)
        attempt(name="accountant", password=PASSWORD)
        fail(1, attempt)

        assert attempt(password=PASSWORD).status_code == 429

    def test_another_browser_does_not_evade_the_lockout(self):
        for turn in range(5):
            ask(**{"User-Agent": f"browser {turn}"})

        assert ask(password=PASSWORD).status_code == 429
        assert AccessAttempt.objects.count() == 1

    def test_token_endpoint_answers_as_rfc_6749_requires(self):
        answer = fail(6)[-1]

        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "no-store"
        assert set(answer.json()) == {"error", "error_description"}

    def test_admin_shows_a_page(self):
        page = fail(6, log_in)[-1]

        assert page["Content-Type"].startswith("text/html")
        assert "Try again in 15 minutes." in page.content.decode()

    def test_earlier_token_stays_valid(self, api):
        client = api(User.objects.get(username="receptionist"))
        fail(6)

        assert client.get("/patient/").status_code != 401

    def test_command_ends_the_lockout(self, attempt):
        from django.core.management import call_command

        fail(6, attempt)

        call_command("axes_reset_username", "receptionist")

        assert is_logged_in(attempt(password=PASSWORD))


class TestUnknownUsername:
    @pytest.mark.parametrize("times", [1, 5, 6])
    def test_unknown_username_gets_the_same_response(self, times):
        with time_machine.travel(NOON, tick=False):
            somebody, nobody = fail(times)[-1], fail(times, name="nobody")[-1]

        assert somebody.content == nobody.content
        assert somebody.status_code == nobody.status_code
        assert headers_of(somebody) == headers_of(nobody)

    @pytest.mark.parametrize("times", [5, 6])
    def test_unknown_username_gets_the_same_page_in_the_admin(self, times):
        with time_machine.travel(NOON, tick=False):
            somebody, nobody = fail(times, log_in)[-1], fail(times, log_in, name="nobody")[-1]

        assert somebody.content == nobody.content
        assert headers_of(somebody) == headers_of(nobody)

    @pytest.mark.parametrize("case", ["unknown", "inactive", "no password"])
    @pytest.mark.parametrize("times", [1, 5, 6])
    def test_unknown_username_costs_the_same_statements_and_one_hash(self, case, times):
        User.objects.create_user("inactive", password=PASSWORD, is_active=False)
        User.objects.create_user("no password")
        fail(times - 1)
        fail(times - 1, name=case)

        assert work(ask, "receptionist") == work(ask, case)

    @pytest.mark.parametrize("case", ["inactive", "no password"])
    def test_login_without_access_gets_the_response_of_an_unknown_username(self, case):
        User.objects.create_user("inactive", password=PASSWORD, is_active=False)
        User.objects.create_user("no password")

        with time_machine.travel(NOON, tick=False):
            refused, nobody = ask(name=case, password=PASSWORD), ask(name="nobody")

        assert refused.content == nobody.content

    def test_username_longer_than_the_column_is_counted(self):
        answers = fail(6, name="n" * 4000)

        assert [answer.status_code for answer in answers] == [400] * 4 + [429] * 2


def headers_of(answer):
    return {name: value for name, value in answer.items() if name not in {"X-Request-Id", "Set-Cookie"}}


def work(attempt, name):
    """Return the cost of an attempt: the kinds of its statements, and the number of hashed passwords."""
    from django.contrib.auth.hashers import MD5PasswordHasher
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hashes = []
    encode = MD5PasswordHasher.encode
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))
        attempt(name=name)
    return [query["sql"].split(" ")[0] for query in captured if "SAVEPOINT" not in query["sql"]], len(hashes)


class TestClientAddress:
    def counted_address(self, address):
        return client_address(RequestFactory(REMOTE_ADDR=address).get("/"))

    @pytest.mark.parametrize(
        ("address", "counted"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("fe80::1%eth0", "fe80::"),
            ("", "::"),
            ("unix:", "::"),
            ("1.2.3.4; DROP", "::"),
        ],
    )
    def test_address_is_that_of_the_client_or_its_ipv6_network(self, address, counted):
        assert self.counted_address(address) == counted

    def test_unknown_addresses_are_counted_as_one(self):
        fail(5, address="unix:")

        assert ask(password=PASSWORD, address="").status_code == 429

    def test_header_of_a_client_does_not_change_its_address(self):
        for turn in range(5):
            ask(**{"X-Forwarded-For": f"192.0.2.{turn}", "Forwarded": f"for=192.0.2.{turn}"})

        assert ask(password=PASSWORD, **{"X-Forwarded-For": "192.0.2.99"}).status_code == 429

    @pytest.mark.parametrize(
        ("peer", "forwarded", "counted"),
        [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),  # the first was sent by the client
            ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),  # through two trusted proxies
            ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # not a trusted proxy
        ],
    )
    def test_forwarded_address_is_taken_from_a_trusted_proxy_only(self, settings, peer, forwarded, counted):
        settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
        seen = []
        handler = trust_proxy_headers(lambda environ, _start: seen.append(environ["REMOTE_ADDR"]))

        handler({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, None)

        assert [self.counted_address(address) for address in seen] == [counted]


class TestStoredAttempt:
    def test_row_has_a_count_and_nothing_that_was_sent(self):
        Client(REMOTE_ADDR=CLINIC).post(
            "/o/token/",
            {"grant_type": "password", "username": "receptionist", "password": "s3cret", "client_id": "demo", "x": "y"},
            headers={"User-Agent": "browser", "Accept": "text/plain"},
        )

        row = AccessAttempt.objects.values().get()
        assert {row.pop(name) for name in ("get_data", "post_data", "user_agent", "http_accept", "path_info")} == {""}
        assert (row["username"], row["ip_address"], row["failures_since_start"]) == ("receptionist", CLINIC, 1)

    def test_expired_rows_are_deleted(self):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(3)
            clock.shift(timedelta(minutes=16))
            fail(1, name="accountant")

        assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["accountant"]
