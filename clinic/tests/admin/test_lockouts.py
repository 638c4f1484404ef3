"""Admin of login lockouts."""

import pytest
from axes.models import AccessAttempt

from clinic.tests.admin.pages import ATTEMPTS, text_of
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

    assert shown.count("closed until") == 1


def test_lockouts_cannot_be_added_changed_or_deleted(browser, user_manager):
    client = browser(user_manager)
    attempt = lock_out()

    assert client.get(f"{ATTEMPTS}add/").status_code == 403
    assert client.post(f"{ATTEMPTS}{attempt.pk}/change/", {"failures_since_start": 0}).status_code == 403
    assert client.post(f"{ATTEMPTS}{attempt.pk}/delete/", {"post": "yes"}).status_code == 403
