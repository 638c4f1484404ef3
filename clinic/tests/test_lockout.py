"""Five wrong passwords for a name from an address close that door for a quarter of an hour."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from clinic.testing import NOON
from clinic.web.lockout import client_address
from clinic.web.server import trust_proxy_headers

pytestmark = pytest.mark.neutral

PASSWORD = "open sesame"
CLINIC, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def people(db, demo_application):
    User.objects.create_user("front-desk", password=PASSWORD, is_staff=True)
    User.objects.create_user("back-desk", password=PASSWORD, is_staff=True)


def ask(name="front-desk", password="wrong", address=CLINIC, **headers):
    form = {"grant_type": "password", "username": name, "password": password, "client_id": "demo"}
    return Client(REMOTE_ADDR=address).post("/o/token/", form, headers=headers)


def log_in(name="front-desk", password="wrong", address=CLINIC, **headers):
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", form, headers=headers)


def fail(times, door=ask, **kwargs):
    return [door(**kwargs) for _ in range(times)]


@pytest.fixture(params=[ask, log_in], ids=["token", "admin"])
def door(request):
    """Both ways in, one after the other."""
    return request.param


def lets_in(answer):
    """A token, or the way to the admin's first page."""
    return answer.status_code == 302 or (answer.status_code == 200 and "access_token" in answer.content.decode())


class TestLockOut:
    def test_refuses_the_right_password_after_five_wrong_ones(self, door):
        fail(5, door)

        answer = door(password=PASSWORD)

        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 900

    def test_is_not_reached_by_four(self, door):
        fail(4, door)

        assert lets_in(door(password=PASSWORD))

    def test_is_said_with_the_fifth(self, door):
        answers = fail(5, door)

        assert [answer.status_code == 429 for answer in answers] == [False] * 4 + [True]
        assert 890 <= int(answers[4]["Retry-After"]) <= 900

    def test_holds_at_both_doors(self):
        fail(2, ask)
        fail(3, log_in)

        assert ask(password=PASSWORD).status_code == 429
        assert log_in(password=PASSWORD).status_code == 429

    def test_ends_after_fifteen_minutes(self, door):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(5, door)
            clock.shift(timedelta(minutes=14, seconds=59))
            assert door(password=PASSWORD).status_code == 429
            assert door(password=PASSWORD)["Retry-After"] == "1"

            clock.shift(timedelta(seconds=2))

            assert lets_in(door(password=PASSWORD))

    def test_is_not_made_longer_by_trying_on(self, door):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(5, door)
            clock.shift(timedelta(minutes=14))
            fail(10, door)

            clock.shift(timedelta(minutes=1, seconds=1))

            assert lets_in(door(password=PASSWORD))

    def test_of_one_address_leaves_another_alone(self, door):
        fail(6, door)

        assert lets_in(door(password=PASSWORD, address=ELSEWHERE))

    def test_of_one_name_leaves_another_at_the_same_address_alone(self, door):
        fail(6, door)

        assert lets_in(door(name="back-desk", password=PASSWORD))

    def test_forgets_what_came_before_a_right_password(self, door):
        fail(4, door)
        door(password=PASSWORD)
        fail(4, door)

        assert lets_in(door(password=PASSWORD))

    def test_forgets_nothing_of_another_name(self, door):
        fail(4, door)
        door(name="back-desk", password=PASSWORD)
        fail(1, door)

        assert door(password=PASSWORD).status_code == 429

    def test_is_not_slipped_past_with_another_browser(self):
        for turn in range(5):
            ask(**{"User-Agent": f"browser {turn}"})

        assert ask(password=PASSWORD).status_code == 429
        assert AccessAttempt.objects.count() == 1

    def test_is_answered_as_rfc_6749_says(self):
        answer = fail(6)[-1]

        assert answer["Content-Type"] == "application/json"
        assert answer["Cache-Control"] == "no-store"
        assert set(answer.json()) == {"error", "error_description"}

    def test_is_shown_as_a_page_in_the_admin(self):
        page = fail(6, log_in)[-1]

        assert page["Content-Type"].startswith("text/html")
        assert "Try again in 15 minutes." in page.content.decode()

    def test_leaves_a_token_alone_that_was_had_before(self, api):
        client = api(User.objects.get(username="front-desk"))
        fail(6)

        assert client.get("/patient/").status_code != 401

    def test_is_lifted_by_the_command(self, door):
        from django.core.management import call_command

        fail(6, door)

        call_command("axes_reset_username", "front-desk")

        assert lets_in(door(password=PASSWORD))


class TestNobody:
    """A name that nobody has."""

    @pytest.mark.parametrize("times", [1, 5, 6])
    def test_is_answered_as_somebody_is(self, times):
        with time_machine.travel(NOON, tick=False):
            somebody, nobody = fail(times)[-1], fail(times, name="nobody")[-1]

        assert somebody.content == nobody.content
        assert somebody.status_code == nobody.status_code
        assert headers_of(somebody) == headers_of(nobody)

    @pytest.mark.parametrize("times", [5, 6])
    def test_gets_the_same_page_at_the_admin(self, times):
        with time_machine.travel(NOON, tick=False):
            somebody, nobody = fail(times, log_in)[-1], fail(times, log_in, name="nobody")[-1]

        assert somebody.content == nobody.content
        assert headers_of(somebody) == headers_of(nobody)

    @pytest.mark.parametrize("case", ["unknown", "inactive", "no password"])
    @pytest.mark.parametrize("times", [1, 5, 6])
    def test_costs_the_same_statements_and_one_hash(self, case, times, django_assert_num_queries, monkeypatch):
        User.objects.create_user("inactive", password=PASSWORD, is_active=False)
        User.objects.create_user("no password")
        fail(times - 1)
        fail(times - 1, name=case)

        assert work(ask, "front-desk") == work(ask, case)

    @pytest.mark.parametrize("case", ["inactive", "no password"])
    def test_who_may_not_log_in_is_nobody(self, case):
        User.objects.create_user("inactive", password=PASSWORD, is_active=False)
        User.objects.create_user("no password")

        with time_machine.travel(NOON, tick=False):
            refused, nobody = ask(name=case, password=PASSWORD), ask(name="nobody")

        assert refused.content == nobody.content

    def test_may_have_a_name_that_fits_no_column(self):
        answers = fail(6, name="n" * 4000)

        assert [answer.status_code for answer in answers] == [400] * 4 + [429] * 2


def headers_of(answer):
    return {name: value for name, value in answer.items() if name not in {"X-Request-Id", "Set-Cookie"}}


def work(door, name):
    """What an attempt costs: the statements, without their values, and the passwords hashed."""
    from django.contrib.auth.hashers import MD5PasswordHasher
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    hashes = []
    encode = MD5PasswordHasher.encode
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))
        door(name=name)
    return [query["sql"].split(" ")[0] for query in captured if "SAVEPOINT" not in query["sql"]], len(hashes)


class TestPlace:
    """From where a request is counted to come."""

    def place(self, address):
        return client_address(RequestFactory(REMOTE_ADDR=address).get("/"))

    @pytest.mark.parametrize(
        ("address", "place"),
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
    def test_is_an_address_or_a_network_of_one_client(self, address, place):
        assert self.place(address) == place

    def test_unknown_is_counted_as_one(self):
        fail(5, address="unix:")

        assert ask(password=PASSWORD, address="").status_code == 429

    def test_is_not_what_a_client_writes_into_a_header(self):
        for turn in range(5):
            ask(**{"X-Forwarded-For": f"192.0.2.{turn}", "Forwarded": f"for=192.0.2.{turn}"})

        assert ask(password=PASSWORD, **{"X-Forwarded-For": "192.0.2.99"}).status_code == 429

    @pytest.mark.parametrize(
        ("peer", "forwarded", "place"),
        [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),  # the client wrote the first itself
            ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),  # through two proxies of the clinic
            ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # no proxy of the clinic
        ],
    )
    def test_is_believed_from_a_trusted_proxy_alone(self, settings, peer, forwarded, place):
        settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
        seen = []
        handler = trust_proxy_headers(lambda environ, _start: seen.append(environ["REMOTE_ADDR"]))

        handler({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, None)

        assert [self.place(address) for address in seen] == [place]


class TestStored:
    def test_is_a_count_and_nothing_that_was_sent(self):
        Client(REMOTE_ADDR=CLINIC).post(
            "/o/token/",
            {"grant_type": "password", "username": "front-desk", "password": "s3cret", "client_id": "demo", "x": "y"},
            headers={"User-Agent": "browser", "Accept": "text/plain"},
        )

        row = AccessAttempt.objects.values().get()
        assert {row.pop(name) for name in ("get_data", "post_data", "user_agent", "http_accept", "path_info")} == {""}
        assert (row["username"], row["ip_address"], row["failures_since_start"]) == ("front-desk", CLINIC, 1)

    def test_goes_when_it_is_no_longer_needed(self):
        with time_machine.travel(NOON, tick=False) as clock:
            fail(3)
            clock.shift(timedelta(minutes=16))
            fail(1, name="back-desk")

        assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["back-desk"]
