"""Admin of users and roles."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from clinic.tests.admin.pages import USERS, role, text_of

pytestmark = pytest.mark.neutral


def user_form(user, **values):
    fields = {"username": user.username, "first_name": "", "last_name": "", "email": "", "is_active": "on"}
    return {**fields, **values}


def test_superuser_gives_a_user_a_role(admin_client):
    user = User.objects.create_user("new")

    admin_client.post(f"{USERS}{user.pk}/change/", user_form(user, is_staff="on", groups=[role("clerk").pk]))

    user.refresh_from_db()
    assert user.is_staff
    assert [each.name for each in user.groups.all()] == ["clerk"]


def test_staff_cannot_change_their_own_permissions(browser, user_manager):
    client = browser(user_manager)
    forged = user_form(user_manager, is_staff="on", is_superuser="on", groups=[role("supervisor").pk], first_name="Kim")

    assert client.post(f"{USERS}{user_manager.pk}/change/", forged).status_code == 302

    user_manager.refresh_from_db()
    assert (user_manager.first_name, user_manager.is_superuser, user_manager.groups.count()) == ("Kim", False, 0)


def test_superuser_is_changed_by_superusers_only(browser, user_manager, admin_user):
    client = browser(user_manager)

    assert client.post(f"{USERS}{admin_user.pk}/change/", user_form(admin_user)).status_code == 403
    assert client.get(f"{USERS}{admin_user.pk}/password/").status_code == 403


def test_system_user_cannot_be_changed_or_created(admin_client):
    system = User.objects.create_user("system")
    new = {
        "username": "System",
        "usable_password": "true",
        "password1": "right and long",
        "password2": "right and long",
    }

    assert admin_client.post(f"{USERS}{system.pk}/change/", user_form(system)).status_code == 403
    assert admin_client.get(f"{USERS}{system.pk}/password/").status_code == 403
    system.delete()
    assert "is reserved for the system" in text_of(admin_client.post(f"{USERS}add/", new))


def test_user_cannot_be_deleted(admin_client):
    user = User.objects.create_user("gone")

    assert admin_client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_page_of_a_user_has_no_field_of_user_permissions(admin_client, clerk):
    shown = text_of(admin_client.get(f"{USERS}{clerk.pk}/change/"))

    assert "user_permissions" not in shown


def test_roles_are_displayed_and_cannot_be_changed(admin_client):
    clerks = role("clerk")
    url = reverse("admin:auth_group_change", args=[clerks.pk])

    assert "Can add invoice" in text_of(admin_client.get(url))
    assert admin_client.post(url, {"name": "clerk", "permissions": []}).status_code == 403
    assert clerks.permissions.exists()
