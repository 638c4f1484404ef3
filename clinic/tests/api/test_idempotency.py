"""Idempotency-Key of POST and PUT: replays, scope of a key, order of errors, failures and concurrent requests."""

from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from oauth2_provider.models import Application

from clinic.models import IdempotencyKey, IdempotencyScope
from clinic.testing import ApiClient, token_for
from clinic.tests.api.idempotency_keys import ZOE, key_header, post_with_key, stored_key
from patients.models import Patient
from patients.tests.factories import PatientFactory

NOBODY = "00000000-0000-4000-8000-000000000000"


class TestReplay:
    def test_repeated_request_is_carried_out_once(self, client):
        first, second = post_with_key(client), post_with_key(client)

        assert (first.status_code, second.status_code) == (201, 201)
        assert Patient.objects.count() == 1

    def test_replay_has_the_same_bytes(self, client):
        first, second = post_with_key(client), post_with_key(client)

        assert second.content == first.content
        for header in ("Location", "ETag", "Content-Type", "Cache-Control"):
            assert second.headers[header] == first.headers[header]

    def test_replay_has_the_replayed_header(self, client):
        first, second = post_with_key(client), post_with_key(client)

        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"

    def test_replay_has_its_own_request_id(self, client):
        first, second = post_with_key(client), post_with_key(client)

        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    def test_first_response_is_the_same_with_and_without_a_key(self, client, noon):
        plain = client.post("/patient/", {"given_name": "A", "family_name": "Plain"})
        keyed = post_with_key(client, body={"given_name": "A", "family_name": "Keyed"})

        assert keyed.json().keys() == plain.json().keys()
        assert keyed.headers.keys() == plain.headers.keys()
        assert keyed.headers["Content-Type"] == plain.headers["Content-Type"]

    def test_replay_repeats_the_warnings(self, client):
        PatientFactory(**ZOE, phone="+49 30 1")

        first, second = (post_with_key(client, body={**ZOE, "phone": "+49 30 1"}) for _ in range(2))

        assert first.json()["warnings"][0]["code"] == "likely_duplicate"
        assert second.content == first.content

    def test_replay_shows_the_record_as_it_was(self, client):
        first = post_with_key(client)
        client.put(first.headers["Location"], {**ZOE, "given_name": "Zoe"})

        assert post_with_key(client).json()["given_name"] == "Zoë"

    def test_trailing_slash_does_not_change_the_request(self, client):
        first, second = post_with_key(client, path="/patient/"), post_with_key(client, path="/patient")

        assert second.headers["Idempotent-Replayed"] == "true"
        assert second.content == first.content

    def test_repeated_put_changes_the_record_once(self, client):
        patient = PatientFactory()
        first = client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1"))
        client.put(f"/patient/{patient.pk}", {**ZOE, "given_name": "Zoe"})

        second = client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1"))

        assert second.content == first.content
        assert second.headers["ETag"] == first.headers["ETag"]
        assert Patient.objects.get().given_name == "Zoe"

    def test_request_without_a_key_is_carried_out_again(self, client):
        for _ in range(2):
            client.post("/patient/", ZOE)

        assert Patient.objects.count() == 2
        assert not IdempotencyKey.objects.exists()

    def test_request_with_another_key_is_carried_out_again(self, client):
        post_with_key(client, "k-1")
        post_with_key(client, "k-2")

        assert Patient.objects.count() == 2

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    @pytest.mark.parametrize("key", ["k-1", ""])
    def test_key_of_a_reading_method_is_ignored(self, client, method, key):
        for _ in range(2):
            answer = client.send(method, "/patient/", headers=key_header(key))

            assert answer.status_code in {200, 204}
            assert "Idempotent-Replayed" not in answer.headers
        assert not IdempotencyKey.objects.exists()


class TestReuse:
    @pytest.mark.parametrize(
        "body", [{**ZOE, "given_name": "Zoe"}, {}, {"family_name": "Kovács", "given_name": "Zoë"}, b"", b"{"]
    )
    def test_key_with_another_body_is_a_422(self, client, body):
        post_with_key(client)

        answer = post_with_key(client, body=body)

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert answer.json()["differs"] == ["body"]
        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 1

    def test_key_with_another_path_is_a_422(self, client):
        post_with_key(client)

        answer = post_with_key(client, path="/appointment/")

        assert (answer.status_code, answer.json()["differs"]) == (422, ["path"])

    def test_key_with_another_method_is_a_422(self, client):
        patient = PatientFactory()
        client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1"))

        answer = post_with_key(client)

        assert (answer.status_code, answer.json()["differs"]) == (422, ["method", "path"])

    def test_refused_reuse_leaves_the_stored_response(self, client):
        first = post_with_key(client)
        post_with_key(client, body={})

        assert post_with_key(client).content == first.content


class TestScopeOfAKey:
    def test_key_of_another_user_is_another_key(self, api, clerk, supervisor):
        post_with_key(api(clerk))

        answer = post_with_key(api(supervisor))

        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 2

    def test_key_of_another_application_is_another_key(self, client, clerk):
        other = Application.objects.create(
            name="other", client_type=Application.CLIENT_PUBLIC, authorization_grant_type=Application.GRANT_PASSWORD
        )
        post_with_key(client)

        answer = post_with_key(ApiClient(token_for(clerk, application=other)))

        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 2

    def test_key_is_the_same_with_a_new_token(self, api, clerk):
        first, second = post_with_key(api(clerk)), post_with_key(api(clerk))

        assert second.headers["Idempotent-Replayed"] == "true"
        assert second.content == first.content

    def test_token_without_an_application_can_use_keys(self, client, clerk):
        nameless = ApiClient(token_for(clerk))
        post_with_key(client)

        first, second = post_with_key(nameless), post_with_key(nameless)

        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"
        assert Patient.objects.count() == 2

    @pytest.mark.parametrize("has_application", [True, False])
    def test_key_is_unique_in_the_database(self, clerk, demo_application, has_application):
        mine = {"user": clerk, "application": demo_application if has_application else None}
        stored_key(**mine)

        with pytest.raises(IntegrityError), transaction.atomic():
            stored_key(**mine)

    def test_key_is_case_sensitive(self, client):
        post_with_key(client, "abc")
        post_with_key(client, "ABC")

        assert Patient.objects.count() == 2


class TestMalformedKey:
    @pytest.mark.parametrize(
        "key", ["", " ", "x" * 256, "tab\tinside", "nul\0", "del\x7f", "line\x0bbreak", "schlüssel", "k\x80", "ключ"]
    )
    def test_malformed_key_is_a_400(self, client, key):
        answer = post_with_key(client, key)

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_idempotency_key")
        assert not Patient.objects.exists()
        assert not IdempotencyKey.objects.exists()

    @pytest.mark.parametrize("key", ["x", "x" * 255, "!~ \"'%;,--", NOBODY, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
    def test_unusual_but_valid_key_is_accepted(self, client, key):
        assert post_with_key(client, key).status_code == 201
        assert post_with_key(client, key).headers["Idempotent-Replayed"] == "true"

    def test_spaces_around_a_key_are_ignored(self, client):
        post_with_key(client, "k-1")

        assert post_with_key(client, " k-1 ").headers["Idempotent-Replayed"] == "true"


class TestOrderOfErrors:
    def test_error_401_comes_before_a_replay(self, client, anonymous):
        post_with_key(client)

        assert post_with_key(anonymous).status_code == 401

    def test_error_403_comes_before_a_replay(self, client, clerk):
        post_with_key(client)
        clerk.groups.clear()

        assert post_with_key(client).status_code == 403

    def test_error_403_for_a_scope_comes_before_a_replay(self, client, clerk, demo_application):
        post_with_key(client)
        reader = ApiClient(token_for(clerk, application=demo_application, scopes=["patient:read"]))

        assert post_with_key(reader).status_code == 403

    @pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}])
    @pytest.mark.parametrize("key", ["k-1", ""])
    def test_error_404_comes_before_a_replay_or_a_malformed_key(self, client, headers, key):
        patient = PatientFactory()
        client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1"))

        answer = client.put(f"/patient/{NOBODY}", ZOE, headers=key_header(key, **headers))

        assert answer.status_code == 404

    def test_replay_comes_before_a_412(self, client):
        patient = PatientFactory()
        tag = client.get(f"/patient/{patient.pk}").headers["ETag"]
        first, second = (
            client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1", **{"If-Match": tag})) for _ in range(2)
        )

        assert (first.status_code, second.status_code) == (200, 200)
        assert second.content == first.content

    def test_error_412_is_answered_with_a_new_key(self, client):
        patient = PatientFactory()

        answer = client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1", **{"If-Match": '"stale"'}))

        assert answer.status_code == 412
        assert not IdempotencyKey.objects.exists()

    def test_reused_key_comes_before_a_412_and_a_400(self, client):
        patient = PatientFactory()
        client.put(f"/patient/{patient.pk}", ZOE, headers=key_header("k-1"))

        answer = client.put(f"/patient/{patient.pk}", b"{", headers=key_header("k-1", **{"If-Match": '"stale"'}))

        assert answer.status_code == 422

    def test_too_large_body_with_a_key_is_a_413(self, client):
        assert post_with_key(client, body=b" " * 6_000_000).status_code == 413

    def test_other_content_type_with_a_key_is_a_415(self, client):
        answer = client.send("POST", "/patient/", b"a=1", headers=key_header("k-1"), content_type="text/plain")

        assert answer.status_code == 415
        assert not IdempotencyKey.objects.exists()


class TestFailure:
    @pytest.mark.parametrize("body", [{"given_name": 1}, b"{", {**ZOE, "unknown": 1}])
    def test_failed_request_leaves_its_key_free(self, client, body):
        refused = post_with_key(client, body=body)
        done = post_with_key(client)

        assert (refused.status_code, done.status_code) == (400, 201)
        assert "Idempotent-Replayed" not in done.headers

    def test_internal_error_leaves_no_trace(self, client, monkeypatch):
        def fail(*_args):
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr("patients.api.resources.represent_patient", fail)
            with pytest.raises(ZeroDivisionError):
                post_with_key(client)

        assert not Patient.objects.exists()
        assert not IdempotencyKey.objects.exists()
        assert post_with_key(client).status_code == 201

    def test_failure_to_store_the_response_undoes_the_request(self, client, monkeypatch):
        def fail(*_args, **_kwargs):
            raise ZeroDivisionError

        monkeypatch.setattr("clinic.models.IdempotencyKey.save", fail)

        with pytest.raises(ZeroDivisionError):
            post_with_key(client)

        assert not Patient.objects.exists()


class TestInFlight:
    @pytest.mark.postgres
    def test_key_in_flight_is_a_409_with_retry_after(self, client, clerk, demo_application):
        with locked_by_another_connection(IdempotencyScope(demo_application.pk, clerk.pk, "k-1")):
            refused = post_with_key(client)
            other = post_with_key(client, "k-2")
        done = post_with_key(client)

        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_flight")
        assert int(refused.headers["Retry-After"]) > 0
        assert (other.status_code, done.status_code) == (201, 201)
        assert Patient.objects.count() == 2

    def test_each_key_has_its_own_lock(self):
        scopes = [
            IdempotencyScope(1, 1, "k"),
            IdempotencyScope(None, 1, "k"),
            IdempotencyScope(1, 2, "k"),
            IdempotencyScope(1, 1, "K"),
            IdempotencyScope(11, 1, "k"),
        ]

        numbers = {scope.lock_id for scope in scopes}

        assert len(numbers) == len(scopes)
        assert all(-(2**63) <= number < 2**63 for number in numbers)


class locked_by_another_connection:  # noqa: N801  # reads as a sentence
    """Context in which another connection has locked a key, as it does while its request is running."""

    def __init__(self, scope):
        self.scope, self.is_locked, self.is_over = scope, Event(), Event()
        self.thread = Thread(target=self.lock_until_over)

    def lock_until_over(self):
        try:
            with transaction.atomic():
                assert IdempotencyKey.objects.all().lock(self.scope)
                self.is_locked.set()
                self.is_over.wait(10)
        finally:
            connection.close()

    def __enter__(self):
        self.thread.start()
        assert self.is_locked.wait(10)

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join(10)
