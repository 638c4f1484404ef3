"""The back office's own parts: dialogs, pages, sidebar, search, filters, columns; users, applications and lock-outs."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from oauth2_provider.models import Application

from clinic.admin import AdminPage
from clinic.models import ApplicationScopes
from clinic.testing import in_role
from clinic.tests.lockouts import shut_out
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

USERS, ATTEMPTS = "/admin/auth/user/", "/admin/axes/accessattempt/"
APPLICATIONS = "/admin/oauth2_provider/application/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client():
    """A browser in which nobody is logged in."""
    return Client()


@pytest.fixture
def keeper(db):
    """Staff who keep the logins and the doors, without being superusers."""
    user = User.objects.create_user("keeper", is_staff=True)
    wanted = ["view_user", "change_user", "add_user", "view_accessattempt", "delete_accessattempt"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user


def said(answer):
    return answer.content.decode()


class TestDialog:
    @pytest.fixture
    def url(self, db):
        return f"{ATTEMPTS}{shut_out().pk}/let_in/"

    def test_asks_and_does_nothing_when_opened(self, admin_client, url):
        answer = admin_client.get(url, headers=HTMX)

        assert answer.status_code == 200
        assert "Make sure who asks for it." in said(answer)
        assert "<html" not in said(answer)
        assert AccessAttempt.objects.exists()

    def test_is_a_page_where_no_script_runs(self, admin_client, url):
        assert "<html" in said(admin_client.get(url))

    def test_does_it_once_it_is_answered(self, admin_client, url):
        answer = admin_client.post(url, headers=HTMX)

        assert answer.headers["HX-Redirect"] == ATTEMPTS
        assert not AccessAttempt.objects.exists()

    def test_goes_back_without_a_script_too(self, admin_client, url):
        answer = admin_client.post(url)

        assert (answer.status_code, answer["Location"]) == (302, ATTEMPTS)

    def test_foretells_without_doing(self, admin_client, url):
        admin_client.post(url, {"_preview": "1"}, headers=HTMX)

        assert AccessAttempt.objects.exists()

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_knows_no_other_method(self, admin_client, url, method):
        assert getattr(admin_client, method)(url).status_code == 405
        assert AccessAttempt.objects.exists()

    @pytest.mark.parametrize("role", ["clerk", "supervisor", "auditor"])
    def test_is_refused_to_who_may_not(self, browser, url, role):
        desk = browser(in_role(User.objects.create_user(role, is_staff=True), role))

        assert desk.get(url).status_code == 403
        assert desk.post(url).status_code == 403
        assert AccessAttempt.objects.exists()

    def test_about_nothing_is_not_found(self, admin_client, url):
        AccessAttempt.objects.all().delete()

        assert admin_client.get(url).status_code == 404

    def test_needs_the_token_of_its_page(self, admin_user, url):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(admin_user)

        assert browser.post(url).status_code == 403
        assert AccessAttempt.objects.exists()


class TestLockOuts:
    def test_are_lifted_for_all_that_were_chosen(self, browser, keeper):
        chosen = [shut_out("one").pk, shut_out("two").pk]
        shut_out("three")

        browser(keeper).post(ATTEMPTS, {"action": "let_all_in", "_selected_action": chosen})

        assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["three"]

    def test_say_whether_the_door_is_closed(self, admin_client):
        shut_out("shut-out")
        shut_out("over", minutes_ago=16)
        shut_out("once", failures=1)

        shown = said(admin_client.get(ATTEMPTS))

        assert shown.count("closed until") == 1

    def test_are_nobodys_to_write(self, browser, keeper):
        desk = browser(keeper)
        attempt = shut_out()

        assert desk.get(f"{ATTEMPTS}add/").status_code == 403
        assert desk.post(f"{ATTEMPTS}{attempt.pk}/change/", {"failures_since_start": 0}).status_code == 403
        assert desk.post(f"{ATTEMPTS}{attempt.pk}/delete/", {"post": "yes"}).status_code == 403


class TestUsers:
    def form(self, user, **values):
        fields = {"username": user.username, "first_name": "", "last_name": "", "email": "", "is_active": "on"}
        return {**fields, **values}

    def test_get_their_rights_from_superusers(self, admin_client):
        user = User.objects.create_user("new")

        admin_client.post(f"{USERS}{user.pk}/change/", self.form(user, is_staff="on", groups=[group("clerk").pk]))

        user.refresh_from_db()
        assert user.is_staff
        assert [each.name for each in user.groups.all()] == ["clerk"]

    def test_do_not_get_rights_from_who_has_none_to_give(self, browser, keeper):
        desk = browser(keeper)
        forged = self.form(keeper, is_staff="on", is_superuser="on", groups=[group("supervisor").pk], first_name="Kim")

        assert desk.post(f"{USERS}{keeper.pk}/change/", forged).status_code == 302

        keeper.refresh_from_db()
        assert (keeper.first_name, keeper.is_superuser, keeper.groups.count()) == ("Kim", False, 0)

    def test_who_are_superusers_are_changed_by_superusers(self, browser, keeper, admin_user):
        desk = browser(keeper)

        assert desk.post(f"{USERS}{admin_user.pk}/change/", self.form(admin_user)).status_code == 403
        assert desk.get(f"{USERS}{admin_user.pk}/password/").status_code == 403

    def test_called_system_log_in_never(self, admin_client):
        system = User.objects.create_user("system")
        new = {
            "username": "System",
            "usable_password": "true",
            "password1": "right and long",
            "password2": "right and long",
        }

        assert admin_client.post(f"{USERS}{system.pk}/change/", self.form(system)).status_code == 403
        assert admin_client.get(f"{USERS}{system.pk}/password/").status_code == 403
        system.delete()
        assert "signs what no person asked for" in said(admin_client.post(f"{USERS}add/", new))

    def test_are_never_deleted(self, admin_client):
        user = User.objects.create_user("gone")

        assert admin_client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_show_no_password_and_no_rights_of_their_own(self, admin_client, clerk):
        shown = said(admin_client.get(f"{USERS}{clerk.pk}/change/"))

        assert "user_permissions" not in shown


class TestRoles:
    def test_are_read_and_not_written(self, admin_client):
        role = group("clerk")
        url = reverse("admin:auth_group_change", args=[role.pk])

        assert "Can add invoice" in said(admin_client.get(url))
        assert admin_client.post(url, {"name": "clerk", "permissions": []}).status_code == 403
        assert role.permissions.exists()


class TestApplications:
    NONE = {"allowed-TOTAL_FORMS": "0", "allowed-INITIAL_FORMS": "0"}

    def add(self, client, **values):
        form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "client-credentials"}
        return client.post(f"{APPLICATIONS}add/", {**form, **self.NONE, **values}, follow=True)

    def test_are_told_their_secret_once(self, admin_client):
        shown = said(self.add(admin_client))

        secret = shown.split("shown this once: ")[1].split()[0]
        application = Application.objects.get()
        assert application.client_secret != secret
        assert secret not in said(admin_client.get(f"{APPLICATIONS}{application.pk}/change/"))

    def test_get_a_new_secret_when_asked_for(self, admin_client, confidential):
        before = confidential.client_secret

        admin_client.post(f"{APPLICATIONS}{confidential.pk}/new_secret/", headers=HTMX)

        confidential.refresh_from_db()
        shown = said(admin_client.get(APPLICATIONS))
        assert confidential.client_secret != before
        assert "shown this once" in shown
        assert confidential.client_secret not in shown

    def test_without_a_secret_get_none(self, admin_client, demo_application):
        assert admin_client.post(f"{APPLICATIONS}{demo_application.pk}/new_secret/").status_code == 403

    def test_never_take_a_secret_from_a_form(self, admin_client, confidential):
        before = confidential.client_secret
        form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "password"}

        admin_client.post(
            f"{APPLICATIONS}{confidential.pk}/change/", {**form, **self.NONE, "client_secret": "x", "client_id": "x"}
        )

        confidential.refresh_from_db()
        assert (confidential.name, confidential.client_secret, confidential.client_id) == ("Kiosk", before, "front")

    def test_are_given_the_scopes_that_were_ticked(self, admin_client, confidential):
        form = {"name": "Kiosk", "client_type": "confidential", "authorization_grant_type": "password"}
        ticked = {
            "allowed-TOTAL_FORMS": "1",
            "allowed-INITIAL_FORMS": "0",
            "allowed-0-application": confidential.pk,
            "allowed-0-scopes": ["invoice:read", "patient:read"],
        }

        answer = admin_client.post(f"{APPLICATIONS}{confidential.pk}/change/", {**form, **ticked})

        assert answer.status_code == 302, [f.formset.errors for f in answer.context["inline_admin_formsets"]]
        assert ApplicationScopes.objects.get().scopes == "invoice:read patient:read"

    def test_are_no_business_of_the_desk(self, browser, supervisor):
        assert browser(supervisor).get(APPLICATIONS).status_code == 403


class TestPageOfItsOwn:
    def test_says_which_permissions_it_needs(self):
        with pytest.raises(TypeError, match="permissions"):
            type("Forgotten", (AdminPage,), {})

    def test_is_for_who_has_them(self, rf, clerk, supervisor):
        page = type("Closing", (AdminPage,), {"permissions": ("billing.add_booksclosing",), "title": "Close"})
        request = rf.get("/admin/closing/")
        request.user = clerk
        with pytest.raises(PermissionDenied):
            page.as_view()(request)

        request.user = supervisor

        assert page.as_view()(request).status_code == 200

    def test_is_not_for_who_is_no_staff(self, rf, outsider):
        request = rf.get("/admin/")
        request.user = outsider

        with pytest.raises(PermissionDenied):
            type("Anybody", (AdminPage,), {"permissions": ()}).as_view()(request)


class TestSearch:
    def ask(self, client, words):
        return said(client.get("/admin/search/", {"s": words, "extended": "1"}))

    def test_finds_a_patient_and_the_way_there(self, browser, clerk):
        patient = PatientFactory(given_name="Łukasz", family_name="Nowak")

        assert str(patient.pk) in self.ask(browser(clerk), "lukasz now")

    def test_finds_nothing_that_the_person_may_not_see(self, browser, db):
        PatientFactory(given_name="Łukasz")
        nobody = User.objects.create_user("nobody", is_staff=True)

        shown = self.ask(browser(nobody), "lukasz") + self.ask(browser(nobody), "users")

        assert shown.count("Nothing was found.") == 2

    def test_forgets_what_it_found_when_the_right_is_gone(self, browser, clerk):
        PatientFactory(given_name="Łukasz", family_name="Nowak")
        desk = browser(clerk)
        assert "Nowak" in self.ask(desk, "lukasz")

        clerk.groups.clear()

        assert "Nowak" not in self.ask(desk, "lukasz")

    def test_costs_the_same_however_many_match(self, browser, clerk, django_assert_num_queries):
        desk = browser(clerk)
        PatientFactory(family_name="Nowak")
        self.ask(desk, "nowak")
        with CaptureQueriesContext(connection) as few:
            self.ask(desk, "nowak")
        PatientFactory.create_batch(20, family_name="Nowak")

        with django_assert_num_queries(len(few)):
            shown = self.ask(desk, "nowak")

        assert shown.count("<li") == 8

    def test_for_nothing_answers_nothing(self, browser, clerk):
        assert self.ask(browser(clerk), " ") == ""


class TestLogin:
    def test_leads_to_the_overview_when_no_page_was_asked_for(self, client, admin_user):
        assert '<input type="hidden" name="next" value="/admin/">' in said(client.get("/admin/login/"))

    def test_leads_to_the_page_that_was_asked_for(self, client, admin_user):
        page = said(client.get("/admin/login/?next=/admin/auth/user/"))

        assert 'value="/admin/auth/user/"' in page


class TestLanguage:
    def test_of_the_admin_is_the_browsers(self, client, db):
        assert 'lang="de"' in said(client.get("/admin/login/", headers={"Accept-Language": "de"}))

    def test_of_the_admin_is_the_one_that_was_chosen(self, client, db):
        client.post("/admin/language/", {"language": "de", "next": "/admin/login/"})

        assert 'lang="de"' in said(client.get("/admin/login/", headers={"Accept-Language": "en"}))

    def test_is_chosen_by_post_and_leads_nowhere_else(self, client, db):
        away = client.post("/admin/language/", {"language": "de", "next": "https://evil.example/"})

        assert away["Location"] == "/"
        assert not client.get("/admin/language/?language=de").cookies

    def test_of_the_api_is_english(self, api, supervisor):
        answer = api(supervisor).post("/invoice/", {}, headers={"Accept-Language": "de"})

        assert "required" in answer.content.decode()


def group(name):
    return Group.objects.get(name=name)
