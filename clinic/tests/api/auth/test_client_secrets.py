"""Secrets of applications: generated ones have a fast hash, others that of a password."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import Application

from clinic.api.auth.client_secrets import GeneratedSecretHasher
from clinic.tests.api.auth.oauth_requests import as_client
from clinic.web import login_budgets
from clinic.web.login_budgets import one_hash_at_once

FAST = GeneratedSecretHasher.algorithm


@pytest.fixture
def generated(integration):
    """The secret that the library generated for the integration."""
    secret = generate_client_secret()
    integration.client_secret = secret
    integration.save()
    return secret


@pytest.fixture
def old_hash(integration, generated):
    """The hash of a password, as former versions stored that of a generated secret."""
    hashed = make_password(generated)
    Application.objects.filter(pk=integration.pk).update(client_secret=hashed)
    return hashed


def stored():
    return Application.objects.get(client_id="laboratory").client_secret


def test_generated_secret_has_a_fast_hash(generated):
    assert stored().startswith(f"{FAST}$")
    assert generated not in stored()


def test_generated_secret_is_accepted_without_a_slow_hash(generated, monkeypatch):
    monkeypatch.setattr(MD5PasswordHasher, "encode", None)

    assert as_client(client_secret=generated).status_code == 200


@pytest.mark.parametrize("change", [lambda secret: secret[:-1], lambda secret: secret + "x", str.swapcase])
def test_other_secrets_are_refused(generated, change):
    assert as_client(client_secret=change(generated)).status_code == 401


def test_two_hashes_of_a_secret_differ(generated):
    assert GeneratedSecretHasher().encode(generated, "salt") != GeneratedSecretHasher().encode(generated, "pepper")


def test_secret_that_somebody_thought_up_has_the_hash_of_a_password(integration):
    assert stored().startswith("md5$")
    assert as_client(client_secret="s3cret").status_code == 200
    assert stored().startswith("md5$")


def test_old_hash_still_works_and_is_replaced(generated, old_hash):
    assert as_client(client_secret=generated).status_code == 200

    assert stored().startswith(f"{FAST}$")
    assert as_client(client_secret=generated).status_code == 200


def test_wrong_secret_leaves_an_old_hash(generated, old_hash):
    assert as_client(client_secret=generated[::-1]).status_code == 401

    assert stored() == old_hash


def test_slow_hash_of_a_secret_waits_for_its_turn(generated, old_hash, monkeypatch):
    monkeypatch.setattr(login_budgets, "HASH_WAIT", 0.01)

    with one_hash_at_once():
        answer = as_client(client_secret=generated)

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer.json()["error"] == "temporarily_unavailable"
