"""Admin of login lockouts."""

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry

from clinic.tests.admin.pages import APPLICATIONS, ATTEMPTS, USERS, text_of
from clinic.tests.lockouts import lock_out

pytestmark = pytest.mark.neutral


def test_lockouts_are_lifted_for_selected_rows_only(browser, user_manager):
    chosen = [lock_out("one").pk, lock_out("two").pk]
    lock_out("three")

    browser(user_manager).post(ATTEMPTS, {"action": "let_all_in", "_selected_action": chosen})

    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["three"]


def test_list_of_lockouts_shows_which_are_in_force(admin_client):
    lock_out("locked-out")
    lock_out("over", minutes_ago=16)
    lock_out("once", failures=1)

    shown = text_of(admin_client.get(ATTEMPTS))

    assert shown.count("locked until") == 1


def test_lockouts_cannot_be_added_changed_or_deleted(browser, user_manager):
    client = browser(user_manager)
    attempt = lock_out()

    assert client.get(f"{ATTEMPTS}add/").status_code == 403
    assert client.post(f"{ATTEMPTS}{attempt.pk}/change/", {"failures_since_start": 0}).status_code == 403
    assert client.post(f"{ATTEMPTS}{attempt.pk}/delete/", {"post": "yes"}).status_code == 403


class TestSupervisor:
    def test_supervisor_lets_a_locked_out_person_in_again(self, browser, supervisor, clerk):
        attempt = lock_out(clerk.username, "203.0.113.9")

        response = browser(supervisor).post(f"{ATTEMPTS}{attempt.pk}/let_in/", follow=True)

        assert "clerk can log in again." in text_of(response)
        assert not AccessAttempt.objects.exists()

    def test_supervisor_sees_lockouts_that_are_in_force_only(self, browser, supervisor):
        names = [lock_out("locked-out").username, lock_out("expired", minutes_ago=16).username]
        names.append(lock_out("mistyped", failures=1).username)

        shown = text_of(browser(supervisor).get(ATTEMPTS))

        assert [name in shown for name in names] == [True, False, False]

    def test_supervisor_sees_nothing_else_of_operations(self, browser, supervisor):
        client = browser(supervisor)

        for path in (USERS, APPLICATIONS, "/admin/auth/group/", "/admin/clinic/idempotencykey/"):
            assert client.get(path).status_code == 403

    @pytest.mark.parametrize("user", ["clerk", "auditor"])
    def test_others_neither_see_nor_lift_lockouts(self, request, browser, user):
        client, attempt = browser(request.getfixturevalue(user)), lock_out()

        assert client.get(ATTEMPTS).status_code == 403
        assert client.post(f"{ATTEMPTS}{attempt.pk}/let_in/").status_code == 403
        assert AccessAttempt.objects.exists()


class TestHistory:
    def test_lifted_lockout_is_in_the_history_of_the_login(self, browser, supervisor, clerk, admin_client):
        attempt = lock_out(clerk.username, "203.0.113.9")

        browser(supervisor).post(f"{ATTEMPTS}{attempt.pk}/let_in/")

        history = text_of(admin_client.get(f"{USERS}{clerk.pk}/history/"))
        assert "Unlocked for 203.0.113.9." in history
        assert "supervisor" in history

    def test_lifted_lockout_of_an_unknown_name_is_in_the_history_of_the_lockout(self, browser, supervisor):
        attempt = lock_out("nobody", "203.0.113.9")

        browser(supervisor).post(ATTEMPTS, {"action": "let_all_in", "_selected_action": [attempt.pk]})

        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (supervisor, str(attempt.pk))
        assert "203.0.113.9" in entry.get_change_message()
