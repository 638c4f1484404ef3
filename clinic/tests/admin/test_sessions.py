"""Limits of the admin's sessions, and a form that is sent after the session has ended."""

import html
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from patients.models import Patient

pytestmark = pytest.mark.neutral

ADD = "/admin/patients/patient/add/"
TYPED = {"given_name": "Zoë", "family_name": "O'Neill <b>", "address": "High Street 1\nOxford\n", "active": "on"}
ORIGIN = "http://testserver"


@pytest.fixture
def people(db):
    return [User.objects.create_superuser(name, password="right and long") for name in ("receptionist", "other")]


@pytest.fixture
def browser(people):
    """A client with CSRF checks that logged in to the admin at nine."""
    browser = Client(enforce_csrf_checks=True)
    with time_machine.travel("2026-06-15T09:00Z", tick=False):
        log_in(browser)
    return browser


def token_in(page):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]


def log_in(browser):
    page = browser.get("/admin/login/")
    form = {"username": "receptionist", "password": "right and long", "csrfmiddlewaretoken": token_in(page)}
    assert browser.post("/admin/login/", form).status_code == 302


def at(clock):
    return time_machine.travel(f"2026-06-15T{clock}Z", tick=False)


def is_in(browser):
    return browser.get("/admin/").status_code == 200


def draft_in(page):
    """Return the hidden fields of the form on a page, as a browser would send them."""
    text = page.content.decode()
    fields = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', text, re.DOTALL)
    return {**{name: html.unescape(value) for name, value in fields}, "csrfmiddlewaretoken": token_in(page)}


class TestSession:
    def test_session_lasts_while_it_is_used(self, browser):
        for clock in ("09:30", "10:20", "11:15", "12:10"):
            with at(clock):
                assert is_in(browser)

    def test_session_ends_after_an_idle_hour(self, browser):
        with at("09:59"):
            assert is_in(browser)
        with at("10:59:01"):
            answer = browser.get("/admin/patients/patient/")

        assert answer.status_code == 302
        assert answer["Location"] == "/admin/login/?next=/admin/patients/patient/"

    def test_session_ends_twelve_hours_after_the_login(self, browser):
        for hour in range(9, 21):
            for minute in (25, 59):
                with at(f"{hour:02}:{minute}"):
                    assert is_in(browser)
        with at("21:00:01"):
            assert not is_in(browser)

    def test_ended_session_is_deleted(self, browser):
        with at("10:30"):
            browser.get("/admin/")

        assert not Session.objects.exists()

    def test_new_login_starts_a_new_session(self, browser):
        with at("10:30"):
            browser.get("/admin/")
            log_in(browser)
        with at("21:25"):
            assert not is_in(browser)  # idle since
        with at("11:25"):
            assert not is_in(browser)

    def test_session_is_stored_at_most_once_a_minute(self, browser):
        def writes(clock):
            with at(clock), CaptureWrites() as writes:
                browser.get("/admin/")
            return writes.count

        assert writes("09:02") == 1
        assert writes("09:02:30") == 0
        assert writes("09:03:01") == 1

    def test_api_does_not_read_the_session(self, api, supervisor, django_assert_num_queries):
        client = api(supervisor)
        client.django_client.cookies["__Host-sessionid"] = "a" * 32

        with django_assert_num_queries(0):
            client.get("/nothing")


class CaptureWrites:
    """Context manager that counts the statements that store a session."""

    def __enter__(self):
        from django.db import connection

        self.count = 0
        self._wrapper = connection.execute_wrapper(self._watch)
        self._wrapper.__enter__()
        return self

    def _watch(self, execute, sql, *statement):
        self.count += sql.startswith("UPDATE") and "django_session" in sql
        return execute(sql, *statement)

    def __exit__(self, *raised):
        self._wrapper.__exit__(*raised)


class TestFormSentTooLate:
    """A form opened at nine, and sent when the session had ended."""

    @pytest.fixture
    def form(self, browser):
        with at("09:00:30"):
            page = browser.get(ADD).content.decode()
        return {**dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)), **TYPED}

    @pytest.fixture
    def asked(self, browser, form):
        """The page that is shown instead, with the login."""
        with at("11:00"):
            return browser.post(ADD, form)

    def answer(self, browser, asked, **login):
        fields = {f"login-again-{name}": value for name, value in login.items()}
        with at("11:01"):
            return browser.post(ADD, {**draft_in(asked), **fields})

    def test_form_is_not_stored_but_shown_again_with_a_login(self, asked):
        assert asked.status_code == 403
        assert not Patient.objects.exists()
        assert {name: value for name, value in draft_in(asked).items() if name in TYPED} == TYPED
        assert 'type="password"' in asked.content.decode()
        assert "no-store" in asked["Cache-Control"]

    def test_form_is_stored_after_the_login(self, browser, asked):
        answer = self.answer(browser, asked, username="receptionist", password="right and long")

        assert answer.status_code == 302
        patient = Patient.objects.get()
        assert (patient.given_name, patient.family_name) == ("Zoë", "O'Neill <b>")
        assert patient.address.split() == ["High", "Street", "1", "Oxford"]
        with at("11:02"):
            assert is_in(browser)

    def test_form_is_kept_after_a_wrong_password(self, browser, asked):
        again = self.answer(browser, asked, username="receptionist", password="wrong")

        assert again.status_code == 403
        assert not Patient.objects.exists()
        assert draft_in(again)["family_name"] == "O'Neill <b>"
        assert "or the password is wrong" in again.content.decode()
        assert self.answer(browser, again, username="receptionist", password="right and long").status_code == 302

    def test_form_is_refused_if_the_new_login_lacks_the_permission(self, browser, asked, people):
        User.objects.filter(username="other").update(is_superuser=False)

        answer = self.answer(browser, asked, username="other", password="right and long")

        assert answer.status_code == 403
        assert not Patient.objects.exists()

    def test_failed_login_passes_nothing_of_the_form_to_signals(self, browser, asked, monkeypatch):
        seen = []
        from django.contrib.auth.signals import user_login_failed

        def receiver(request, **_):
            seen.append(dict(request.POST.items()))

        user_login_failed.connect(receiver)
        try:
            self.answer(browser, asked, username="receptionist", password="wrong")
        finally:
            user_login_failed.disconnect(receiver)
        assert seen == [{"username": "receptionist"}]

    def test_form_is_shown_again_without_passwords(self, browser, people):
        with at("09:00:30"):
            form = {"csrfmiddlewaretoken": token_in(browser.get(ADD)), "username": "new", "password1": "secret words"}
        with at("11:00"):
            page = browser.post("/admin/auth/user/add/", form)

        assert "secret words" not in page.content.decode()
        assert draft_in(page)["username"] == "new"

    def test_form_opened_before_a_new_login_is_kept(self, browser, form):
        with at("11:00"):
            log_in(browser)
            stale = browser.post(ADD, form, headers={"Origin": ORIGIN})
            answer = browser.post(ADD, draft_in(stale))

        assert stale.status_code == 403
        assert 'type="password"' not in stale.content.decode()
        assert answer.status_code == 302
        assert Patient.objects.get().family_name == "O'Neill <b>"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_form_of_another_site_is_refused(self, browser, form, origin):
        headers = {"Origin": origin} if origin else {}
        with at("09:10"):
            answer = browser.post(ADD, {**form, "csrfmiddlewaretoken": "x" * 64}, headers=headers)

        assert answer.status_code == 403
        assert "Neill" not in answer.content.decode()
        assert not Patient.objects.exists()

    def test_form_without_session_and_csrf_token_is_refused(self, db):
        answer = Client(enforce_csrf_checks=True).post(ADD, TYPED)

        assert answer.status_code == 403
        assert "Neill" not in answer.content.decode()
