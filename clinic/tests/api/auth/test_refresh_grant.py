"""Refresh tokens: exchanged, repeated within the grace period, reused; and revocation."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from oauth2_provider.models import AccessToken, RefreshToken

from clinic.api.auth import oauth_validator
from clinic.testing import NOON
from clinic.tests.api.auth.oauth_requests import is_accepted, log_in, post, refresh, stored_values


def refresh_twice_at_once(token, monkeypatch):
    """Return two answers: between the check of the token and its lock, another request has exchanged it."""
    between = []
    lock = oauth_validator.ClinicOAuth2Validator._lock_refresh_token

    def lock_late(self, request):
        if not between:
            between.append(None)
            between[0] = refresh(token)
        return lock(self, request)

    monkeypatch.setattr(oauth_validator.ClinicOAuth2Validator, "_lock_refresh_token", lock_late)
    return refresh(token), between[0]


@pytest.mark.usefixtures("user")
class TestRefresh:
    def test_refresh_issues_new_tokens_and_ends_the_old_ones(self):
        old = log_in().json()

        new = refresh(old["refresh_token"]).json()

        assert is_accepted(new["access_token"])
        assert not is_accepted(old["access_token"])
        assert new["refresh_token"] != old["refresh_token"]

    def test_refresh_keeps_the_scopes_or_narrows_them(self):
        old = log_in(scope="invoice:read patient:read").json()

        same = refresh(old["refresh_token"]).json()
        fewer = refresh(same["refresh_token"], scope="invoice:read").json()

        assert (same["scope"], fewer["scope"]) == ("invoice:read patient:read", "invoice:read")

    def test_refresh_cannot_add_a_scope(self):
        old = log_in(scope="invoice:read").json()

        answer = refresh(old["refresh_token"], scope="invoice:read writeoff:write")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")

    def test_reused_refresh_token_ends_its_family(self):
        first = log_in().json()
        second = refresh(first["refresh_token"]).json()
        third = refresh(second["refresh_token"]).json()

        answer = refresh(first["refresh_token"])

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert not is_accepted(third["access_token"])
        assert refresh(third["refresh_token"]).status_code == 400

    def test_reused_refresh_token_does_not_end_other_families(self):
        other = log_in().json()
        first = log_in().json()
        refresh(first["refresh_token"])
        refresh(first["refresh_token"])

        assert is_accepted(other["access_token"])
        assert refresh(other["refresh_token"]).status_code == 200

    def test_refresh_whose_answer_was_lost_may_be_repeated_for_ten_seconds(self):
        with time_machine.travel(NOON, tick=False) as clock:
            first = log_in(scope="invoice:read patient:read").json()
            lost = refresh(first["refresh_token"]).json()
            clock.shift(timedelta(seconds=9))

            again = refresh(first["refresh_token"]).json()

            assert again["scope"] == "invoice:read patient:read"
            assert is_accepted(lost["access_token"])
            assert is_accepted(again["access_token"])
            assert refresh(again["refresh_token"]).status_code == 200

    def test_refresh_token_used_again_after_ten_seconds_ends_its_family(self):
        with time_machine.travel(NOON, tick=False) as clock:
            first = log_in().json()
            second = refresh(first["refresh_token"]).json()
            clock.shift(timedelta(seconds=10))

            answer = refresh(first["refresh_token"])

            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
            assert not is_accepted(second["access_token"])
            assert refresh(second["refresh_token"]).status_code == 400

    def test_grace_of_a_refresh_token_ends_with_the_revocation_of_its_pair(self):
        first = log_in().json()
        second = refresh(first["refresh_token"]).json()
        post("/o/revoke_token/", token=second["refresh_token"], client_id="demo")

        assert refresh(first["refresh_token"]).status_code == 400

    def test_refresh_token_used_by_two_tabs_at_once_gives_both_a_session(self, monkeypatch):
        """One request finds the token unused; before it stores its own, another one has exchanged it."""
        first = log_in().json()
        one, other = (answer.json() for answer in refresh_twice_at_once(first["refresh_token"], monkeypatch))

        for pair in (one, other):
            assert is_accepted(pair["access_token"])
        for pair in (one, other):
            assert refresh(refresh(pair["refresh_token"]).json()["refresh_token"]).status_code == 200

    def test_family_of_two_tabs_ends_as_a_whole(self, monkeypatch):
        first = log_in().json()
        other, one = (answer.json() for answer in refresh_twice_at_once(first["refresh_token"], monkeypatch))
        refresh(one["refresh_token"])

        assert refresh(first["refresh_token"]).status_code == 400
        assert not is_accepted(other["access_token"])
        assert AccessToken.objects.count() == 0

    def test_refresh_token_used_twice_at_once_without_grace_ends_its_family(self, monkeypatch, settings):
        settings.REFRESH_GRACE_SECONDS = 0
        first = log_in().json()

        late, early = refresh_twice_at_once(first["refresh_token"], monkeypatch)

        assert early.status_code == 200
        assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
        assert not is_accepted(early.json()["access_token"])
        assert refresh(early.json()["refresh_token"]).status_code == 400
        assert AccessToken.objects.count() == 0

    def test_refresh_token_of_another_application_is_an_invalid_grant(self, confidential):
        token = log_in().json()["refresh_token"]

        answer = refresh(token, client_id="front", client_secret="kept to itself")

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_refresh_token_of_an_inactive_user_is_an_invalid_grant(self, user):
        token = log_in().json()["refresh_token"]
        user.is_active = False
        user.save()

        answer = refresh(token)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    def test_refresh_token_expires_after_14_days(self):
        with time_machine.travel(NOON, tick=False) as clock:
            token = log_in().json()["refresh_token"]

            clock.shift(timedelta(days=14, minutes=15))

            assert refresh(token).status_code == 400

    @pytest.mark.parametrize("token", ["", "unknown", "a" * 5000, "n\0l", "ü" * 10])
    def test_malformed_or_unknown_refresh_token_is_a_400(self, token):
        assert refresh(token).status_code == 400

    def test_refresh_stores_only_checksums_of_tokens(self):
        pair = refresh(log_in().json()["refresh_token"]).json()

        stored = stored_values()
        assert pair["access_token"] not in stored
        assert pair["refresh_token"] not in stored

    def test_refresh_token_in_the_query_is_a_400(self):
        token = log_in().json()["refresh_token"]

        answer = Client().post(f"/o/token/?refresh_token={token}", {"grant_type": "refresh_token", "client_id": "demo"})

        assert answer.status_code == 400
        assert RefreshToken.objects.filter(revoked=None).count() == 1


@pytest.mark.usefixtures("user")
class TestRevocation:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    @pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
    def test_revocation_of_one_token_ends_the_pair(self, which, hint):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair[which], client_id="demo", token_type_hint=hint)

        if hint == "nonsense":
            assert answer.status_code in {200, 400}
            return
        assert answer.status_code == 200
        assert not is_accepted(pair["access_token"])
        assert refresh(pair["refresh_token"]).status_code == 400

    def test_revocation_of_an_unknown_token_is_a_200(self):
        assert post("/o/revoke_token/", token="unknown", client_id="demo").status_code == 200

    def test_revocation_by_another_application_does_nothing(self, confidential):
        pair = log_in().json()

        answer = post("/o/revoke_token/", token=pair["access_token"], client_id="front", client_secret="kept to itself")

        assert answer.status_code == 200
        assert is_accepted(pair["access_token"])

    def test_revocation_without_an_application_is_a_401(self):
        pair = log_in().json()

        assert post("/o/revoke_token/", token=pair["access_token"]).status_code == 401
        assert is_accepted(pair["access_token"])

    def test_token_to_revoke_in_the_query_is_a_400(self):
        pair = log_in().json()

        answer = Client().post(f"/o/revoke_token/?token={pair['access_token']}", {"client_id": "demo"})

        assert answer.status_code == 400
        assert is_accepted(pair["access_token"])
