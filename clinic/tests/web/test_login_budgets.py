"""Budgets of logins: names with wrong passwords by address and overall, and one password hash at once."""

from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.contrib.auth.models import User
from django.test import Client

from clinic.testing import NOON
from clinic.web import login_budgets
from clinic.web.login_budgets import one_hash_at_once

pytestmark = pytest.mark.slow

PASSWORD = "open sesame"
CLINIC, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def people(db, demo_application):
    """Fifty people who may log in to the API and to the admin."""
    hashed = make_password(PASSWORD)
    return User.objects.bulk_create(User(username=f"person-{n}", password=hashed, is_staff=True) for n in range(50))


def ask(name, password="wrong", address=CLINIC, **headers):
    form = {"grant_type": "password", "username": name, "password": password, "client_id": "demo"}
    return Client(REMOTE_ADDR=address).post("/o/token/", form, headers=headers)


def log_in(name, password="wrong", address=CLINIC, **headers):
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/admin/login/?next=/admin/", form, headers=headers)


@pytest.fixture(params=[ask, log_in], ids=["token", "admin"])
def attempt(request):
    """A login attempt at the token endpoint, and one at the admin."""
    return request.param


def spray(attempt, names=12, **kwargs):
    """Try one password with many names that do not exist; return the responses."""
    return [attempt(f"name-{n}", **kwargs) for n in range(names)]


def is_logged_in(answer):
    return answer.status_code == 302 or (answer.status_code == 200 and "access_token" in answer.content.decode())


class TestAddress:
    def test_spraying_of_names_is_stopped_at_the_limit(self, attempt):
        answers = spray(attempt)

        assert [answer.status_code == 429 for answer in answers] == [False] * 10 + [True] * 2
        assert 890 <= int(answers[-1]["Retry-After"]) <= 900

    def test_right_password_of_another_user_is_refused_while_the_budget_is_spent(self, attempt):
        spray(attempt)

        assert attempt("person-1", PASSWORD).status_code == 429

    def test_refused_login_computes_no_hash(self, attempt, monkeypatch):
        spray(attempt)
        hashed = []
        encode = MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(args) or encode(*args))

        attempt("person-1", PASSWORD)

        assert hashed == []

    def test_limit_is_a_setting(self, attempt, settings):
        settings.LOGIN_NAMES_PER_ADDRESS = 3

        assert [answer.status_code == 429 for answer in spray(attempt, 5)] == [False] * 3 + [True] * 2

    def test_other_address_is_not_concerned(self, attempt):
        spray(attempt)

        assert is_logged_in(attempt("person-1", PASSWORD, address=ELSEWHERE))

    def test_addresses_of_one_ipv6_network_share_a_budget(self, attempt):
        spray(attempt, 10, address="2001:db8::1")

        assert attempt("person-1", PASSWORD, address="2001:db8::ffff").status_code == 429
        assert is_logged_in(attempt("person-1", PASSWORD, address="2001:db8:0:1::1"))

    def test_budget_comes_back_as_the_failures_expire(self, attempt):
        with time_machine.travel(NOON, tick=False) as clock:
            spray(attempt, 1)
            clock.shift(timedelta(minutes=5))
            spray(lambda name: attempt(f"other-{name}"), 9)

            answer = attempt("person-1", PASSWORD)
            clock.shift(timedelta(seconds=int(answer["Retry-After"])))

            assert (answer.status_code, answer["Retry-After"]) == (429, "600")
            assert is_logged_in(attempt("person-1", PASSWORD))

    def test_own_failures_do_not_spend_the_budget(self, attempt):
        spray(attempt, 9)
        for _ in range(4):
            attempt("person-1")

        assert is_logged_in(attempt("person-1", PASSWORD))


class TestPeople:
    def test_fifty_people_who_mistype_and_correct_it_are_not_refused(self, attempt, people):
        for person in people:
            attempt(person.username)
            assert is_logged_in(attempt(person.username, PASSWORD)), person

        assert AccessAttempt.objects.count() == 0

    def test_fifty_known_people_may_all_mistype_before_one_corrects_it(self, attempt, people):
        for person in people:
            AccessLog.objects.create(username=person.username, ip_address=CLINIC)

        answers = [attempt(person.username) for person in people]

        assert 429 not in {answer.status_code for answer in answers}
        assert all(is_logged_in(attempt(person.username, PASSWORD)) for person in people)

    def test_unknown_user_of_the_address_keeps_nobody_out_who_logged_in_there(self, attempt):
        attempt("person-1", PASSWORD)

        spray(attempt)

        assert is_logged_in(attempt("person-1", PASSWORD))
        assert attempt("person-2", PASSWORD).status_code == 429

    def test_known_names_have_a_limit_too(self, attempt, people, settings):
        settings.LOGIN_NAMES_PER_ADDRESS = 2
        for person in people[:11]:
            AccessLog.objects.create(username=person.username, ip_address=CLINIC)

        answers = [attempt(person.username) for person in people[:11]]

        assert [answer.status_code == 429 for answer in answers] == [False] * 10 + [True]

    def test_name_is_known_for_thirty_days(self, attempt):
        with time_machine.travel(NOON, tick=False) as clock:
            attempt("person-1", PASSWORD)
            clock.shift(timedelta(days=31))
            attempt("person-2", PASSWORD)

            assert list(AccessLog.objects.values_list("username", flat=True)) == ["person-2"]
            spray(attempt)
            assert attempt("person-1", PASSWORD).status_code == 429

    def test_many_logins_of_a_name_from_an_address_are_one_row(self, attempt):
        for _ in range(3):
            attempt("person-1", PASSWORD)

        assert AccessLog.objects.count() == 1


class TestOverall:
    def test_names_from_many_addresses_are_stopped_at_the_limit(self, attempt, settings):
        settings.LOGIN_NAMES_OVERALL = 12

        answers = [attempt(f"name-{n}", address=f"203.0.113.{n}") for n in range(14)]

        assert [answer.status_code == 429 for answer in answers] == [False] * 12 + [True] * 2

    def test_known_people_still_log_in(self, attempt, settings):
        settings.LOGIN_NAMES_OVERALL = 12
        attempt("person-1", PASSWORD)
        for n in range(14):
            attempt(f"name-{n}", address=f"203.0.113.{n}")

        assert is_logged_in(attempt("person-1", PASSWORD))
        assert attempt("person-2", PASSWORD).status_code == 429


class TestHashes:
    @pytest.fixture
    def busy(self, monkeypatch):
        """The worker computes another hash, and the wait for it is short."""
        monkeypatch.setattr(login_budgets, "HASH_WAIT", 0.05)
        with one_hash_at_once():
            yield

    def test_login_is_refused_while_another_hash_takes_too_long(self, attempt, busy):
        answer = attempt("person-1", PASSWORD)

        assert (answer.status_code, answer["Retry-After"]) == (503, "2")

    def test_login_that_found_the_worker_busy_is_no_failure(self, attempt, busy):
        attempt("person-1")

        assert AccessAttempt.objects.count() == 0

    def test_login_succeeds_after_the_other_hash(self, attempt):
        with one_hash_at_once():
            pass

        assert is_logged_in(attempt("person-1", PASSWORD))

    def test_wrong_password_leaves_the_worker_free(self, attempt):
        attempt("person-1")

        assert is_logged_in(attempt("person-1", PASSWORD))


class TestWords:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", "Too many names with wrong passwords from this network. Try again in 15 minutes."),
            ("de", "Zu viele Namen mit falschem Passwort aus diesem Netz. Versuchen Sie es in 15 Minuten wieder."),
        ],
    )
    def test_admin_has_the_message_in_both_languages(self, language, words):
        spray(log_in)

        shown = log_in("person-1", **{"Accept-Language": language}).content.decode()

        assert words in " ".join(shown.split())

    def test_busy_admin_has_a_message(self, monkeypatch):
        monkeypatch.setattr(login_budgets, "HASH_WAIT", 0.01)
        with one_hash_at_once():
            assert "Many people are logging in" in log_in("person-1").content.decode()

    def test_token_endpoint_answers_as_rfc_6749(self):
        answer = spray(ask)[-1]

        assert answer.json()["error"] == "temporarily_unavailable"
        assert "from this address" in answer.json()["error_description"]
        assert answer["Cache-Control"] == "no-store"
