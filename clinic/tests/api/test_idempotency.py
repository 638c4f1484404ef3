"""A POST or PUT under an Idempotency-Key is done once: what the key covers, whose it is, and what comes first."""

from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from oauth2_provider.models import Application

from clinic.models import IdempotencyKey, IdempotencyScope
from clinic.testing import ApiClient, token_for
from clinic.tests.api.keyed import ZOE, add, kept, under
from patients.models import Patient
from patients.tests.factories import PatientFactory

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def desk(api, clerk):
    return api(clerk)


class TestTheSameAgain:
    def test_is_done_once(self, desk):
        first, second = add(desk), add(desk)

        assert (first.status_code, second.status_code) == (201, 201)
        assert Patient.objects.count() == 1

    def test_is_answered_byte_for_byte(self, desk):
        first, second = add(desk), add(desk)

        assert second.content == first.content
        for header in ("Location", "ETag", "Content-Type", "Cache-Control"):
            assert second.headers[header] == first.headers[header]

    def test_says_that_it_is_a_replay(self, desk):
        first, second = add(desk), add(desk)

        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"

    def test_has_a_request_id_of_its_own(self, desk):
        first, second = add(desk), add(desk)

        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    def test_looks_as_it_does_without_a_key(self, desk, noon):
        plain = desk.post("/patient/", {"given_name": "A", "family_name": "Plain"})
        keyed = add(desk, body={"given_name": "A", "family_name": "Keyed"})

        assert keyed.json().keys() == plain.json().keys()
        assert keyed.headers.keys() == plain.headers.keys()
        assert keyed.headers["Content-Type"] == plain.headers["Content-Type"]

    def test_brings_the_warnings_again(self, desk):
        PatientFactory(**ZOE, phone="+49 30 1")

        first, second = (add(desk, body={**ZOE, "phone": "+49 30 1"}) for _ in range(2))

        assert first.json()["warnings"][0]["code"] == "likely_duplicate"
        assert second.content == first.content

    def test_tells_what_was_true_then(self, desk):
        first = add(desk)
        desk.put(first.headers["Location"], {**ZOE, "given_name": "Zoe"})

        assert add(desk).json()["given_name"] == "Zoë"

    def test_may_end_with_a_slash_or_not(self, desk):
        first, second = add(desk, path="/patient/"), add(desk, path="/patient")

        assert second.headers["Idempotent-Replayed"] == "true"
        assert second.content == first.content

    def test_changes_once(self, desk):
        patient = PatientFactory()
        first = desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1"))
        desk.put(f"/patient/{patient.pk}", {**ZOE, "given_name": "Zoe"})

        second = desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1"))

        assert second.content == first.content
        assert second.headers["ETag"] == first.headers["ETag"]
        assert Patient.objects.get().given_name == "Zoe"

    def test_without_a_key_is_done_again(self, desk):
        for _ in range(2):
            desk.post("/patient/", ZOE)

        assert Patient.objects.count() == 2
        assert not IdempotencyKey.objects.exists()

    def test_under_another_key_is_done_again(self, desk):
        add(desk, "k-1")
        add(desk, "k-2")

        assert Patient.objects.count() == 2

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    @pytest.mark.parametrize("key", ["k-1", ""])
    def test_is_nothing_to_a_method_that_only_reads(self, desk, method, key):
        for _ in range(2):
            answer = desk.send(method, "/patient/", headers=under(key))

            assert answer.status_code in {200, 204}
            assert "Idempotent-Replayed" not in answer.headers
        assert not IdempotencyKey.objects.exists()


class TestAnotherRequest:
    @pytest.mark.parametrize(
        "body", [{**ZOE, "given_name": "Zoe"}, {}, {"family_name": "Kovács", "given_name": "Zoë"}, b"", b"{"]
    )
    def test_with_another_body_is_a_422(self, desk, body):
        add(desk)

        answer = add(desk, body=body)

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert answer.json()["differs"] == ["body"]
        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 1

    def test_on_another_path_is_a_422(self, desk):
        add(desk)

        answer = add(desk, path="/appointment/")

        assert (answer.status_code, answer.json()["differs"]) == (422, ["path"])

    def test_by_another_method_is_a_422(self, desk):
        patient = PatientFactory()
        desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1"))

        answer = add(desk)

        assert (answer.status_code, answer.json()["differs"]) == (422, ["method", "path"])

    def test_leaves_the_first_answer_as_it_was(self, desk):
        first = add(desk)
        add(desk, body={})

        assert add(desk).content == first.content


class TestWhoseKeyItIs:
    def test_another_persons_is_another_key(self, api, clerk, supervisor):
        add(api(clerk))

        answer = add(api(supervisor))

        assert answer.status_code == 201
        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 2

    def test_another_applications_is_another_key(self, desk, clerk):
        other = Application.objects.create(
            name="other", client_type=Application.CLIENT_PUBLIC, authorization_grant_type=Application.GRANT_PASSWORD
        )
        add(desk)

        answer = add(ApiClient(token_for(clerk, application=other)))

        assert "Idempotent-Replayed" not in answer.headers
        assert Patient.objects.count() == 2

    def test_a_new_token_of_the_same_two_has_the_same_keys(self, api, clerk):
        first, second = add(api(clerk)), add(api(clerk))

        assert second.headers["Idempotent-Replayed"] == "true"
        assert second.content == first.content

    def test_a_token_without_an_application_has_keys_too(self, desk, clerk):
        nameless = ApiClient(token_for(clerk))
        add(desk)

        first, second = add(nameless), add(nameless)

        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"
        assert Patient.objects.count() == 2

    @pytest.mark.parametrize("has_application", [True, False])
    def test_the_database_keeps_one_row_of_a_key(self, clerk, demo_application, has_application):
        mine = {"user": clerk, "application": demo_application if has_application else None}
        kept(**mine)

        with pytest.raises(IntegrityError), transaction.atomic():
            kept(**mine)

    def test_the_case_of_a_key_counts(self, desk):
        add(desk, "abc")
        add(desk, "ABC")

        assert Patient.objects.count() == 2


class TestMalformedKey:
    @pytest.mark.parametrize(
        "key", ["", " ", "x" * 256, "tab\tinside", "nul\0", "del\x7f", "line\x0bbreak", "schlüssel", "k\x80", "ключ"]
    )
    def test_is_a_400(self, desk, key):
        answer = add(desk, key)

        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_idempotency_key")
        assert not Patient.objects.exists()
        assert not IdempotencyKey.objects.exists()

    @pytest.mark.parametrize("key", ["x", "x" * 255, "!~ \"'%;,--", NOBODY, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
    def test_is_none_of_these(self, desk, key):
        assert add(desk, key).status_code == 201
        assert add(desk, key).headers["Idempotent-Replayed"] == "true"

    def test_loses_the_spaces_around_it_as_every_header_does(self, desk):
        add(desk, "k-1")

        assert add(desk, " k-1 ").headers["Idempotent-Replayed"] == "true"


class TestOrder:
    def test_a_401_comes_before_a_replay(self, desk, anonymous):
        add(desk)

        assert add(anonymous).status_code == 401

    def test_a_403_comes_before_a_replay(self, desk, clerk):
        add(desk)
        clerk.groups.clear()

        assert add(desk).status_code == 403

    def test_a_403_for_the_scope_does_too(self, desk, clerk, demo_application):
        add(desk)
        reader = ApiClient(token_for(clerk, application=demo_application, scopes=["patient:read"]))

        assert add(reader).status_code == 403

    @pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}])
    @pytest.mark.parametrize("key", ["k-1", ""])
    def test_a_404_comes_before_a_replay_or_a_malformed_key(self, desk, headers, key):
        patient = PatientFactory()
        desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1"))

        answer = desk.put(f"/patient/{NOBODY}", ZOE, headers=under(key, **headers))

        assert answer.status_code == 404

    def test_a_replay_comes_before_a_412(self, desk):
        patient = PatientFactory()
        tag = desk.get(f"/patient/{patient.pk}").headers["ETag"]
        first, second = (
            desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1", **{"If-Match": tag})) for _ in range(2)
        )

        assert (first.status_code, second.status_code) == (200, 200)
        assert second.content == first.content

    def test_a_412_is_one_all_the_same_when_the_key_is_new(self, desk):
        patient = PatientFactory()

        answer = desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1", **{"If-Match": '"stale"'}))

        assert answer.status_code == 412
        assert not IdempotencyKey.objects.exists()

    def test_a_reused_key_comes_before_a_412_and_a_400(self, desk):
        patient = PatientFactory()
        desk.put(f"/patient/{patient.pk}", ZOE, headers=under("k-1"))

        answer = desk.put(f"/patient/{patient.pk}", b"{", headers=under("k-1", **{"If-Match": '"stale"'}))

        assert answer.status_code == 422

    def test_a_body_that_is_too_large_is_a_413_as_ever(self, desk):
        assert add(desk, body=b" " * 6_000_000).status_code == 413

    def test_a_body_of_another_kind_is_a_415_as_ever(self, desk):
        answer = desk.send("POST", "/patient/", b"a=1", headers=under("k-1"), content_type="text/plain")

        assert answer.status_code == 415
        assert not IdempotencyKey.objects.exists()


class TestFailure:
    @pytest.mark.parametrize("body", [{"given_name": 1}, b"{", {**ZOE, "unknown": 1}])
    def test_is_not_kept_and_the_key_is_free_again(self, desk, body):
        refused = add(desk, body=body)
        done = add(desk)

        assert (refused.status_code, done.status_code) == (400, 201)
        assert "Idempotent-Replayed" not in done.headers

    def test_of_the_product_leaves_nothing_behind(self, desk, monkeypatch):
        def fail(*_args):
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr("patients.api.resources.represent_patient", fail)
            with pytest.raises(ZeroDivisionError):
                add(desk)

        assert not Patient.objects.exists()
        assert not IdempotencyKey.objects.exists()
        assert add(desk).status_code == 201

    def test_to_store_the_answer_undoes_what_was_done(self, desk, monkeypatch):
        def fail(*_args, **_kwargs):
            raise ZeroDivisionError

        monkeypatch.setattr("clinic.api.idempotency.insert", fail)

        with pytest.raises(ZeroDivisionError):
            add(desk)

        assert not Patient.objects.exists()


class TestInFlight:
    @pytest.mark.postgres
    def test_is_a_409_that_says_when_to_ask_again(self, desk, clerk, demo_application):
        with held_elsewhere(IdempotencyScope(demo_application.pk, clerk.pk, "k-1")):
            refused = add(desk)
            other = add(desk, "k-2")
        done = add(desk)

        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_flight")
        assert int(refused.headers["Retry-After"]) > 0
        assert (other.status_code, done.status_code) == (201, 201)
        assert Patient.objects.count() == 2

    def test_keys_have_locks_of_their_own(self):
        holders = [
            IdempotencyScope(1, 1, "k"),
            IdempotencyScope(None, 1, "k"),
            IdempotencyScope(1, 2, "k"),
            IdempotencyScope(1, 1, "K"),
            IdempotencyScope(11, 1, "k"),
        ]

        numbers = {holder.lock_id for holder in holders}

        assert len(numbers) == len(holders)
        assert all(-(2**63) <= number < 2**63 for number in numbers)


class held_elsewhere:  # noqa: N801  # reads as a sentence
    """Another connection is working on a request with the key."""

    def __init__(self, holder):
        self.holder, self.is_held, self.is_over = holder, Event(), Event()
        self.thread = Thread(target=self.hold)

    def hold(self):
        try:
            with transaction.atomic():
                assert IdempotencyKey.objects.all().lock(self.holder)
                self.is_held.set()
                self.is_over.wait(10)
        finally:
            connection.close()

    def __enter__(self):
        self.thread.start()
        assert self.is_held.wait(10)

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join(10)
