"""Users and applications of the tests of tokens."""

import pytest
from django.contrib.auth.models import User
from oauth2_provider.models import Application

from clinic.tests.api.auth.oauth_requests import PASSWORD


@pytest.fixture
def user(db, demo_application):
    return User.objects.create_user("front-desk", password=PASSWORD, is_staff=True)


@pytest.fixture
def robot(db):
    """The user of the integration, without a password."""
    return User.objects.create_user("laboratory", is_staff=True)


@pytest.fixture
def integration(robot):
    return Application.objects.create(
        name="Laboratory",
        client_id="laboratory",
        client_secret="s3cret",
        user=robot,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
