"""Session, login and message middleware for pages of the admin only."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clinic.web.admin_only import AuthenticationMiddleware, MessageMiddleware, SessionMiddleware

pytestmark = pytest.mark.neutral

ADMIN_ATTRIBUTES = ("session", "user", "_messages")


@pytest.fixture
def attributes_of():
    """`attributes_of(path)`: the attributes that the middleware adds to a request."""

    def through(path):
        left = []

        def view(request):
            left.extend(name for name in ADMIN_ATTRIBUTES if hasattr(request, name))
            return HttpResponse()

        handler = view
        for middleware in (MessageMiddleware, AuthenticationMiddleware, SessionMiddleware):
            handler = middleware(handler)
        handler(RequestFactory().get(path))
        return tuple(left)

    return through


@pytest.mark.parametrize("path", ["/admin/", "/admin/billing/invoice/"])
def test_pages_of_the_admin_have_session_user_and_messages(attributes_of, path):
    assert attributes_of(path) == ADMIN_ATTRIBUTES


@pytest.mark.parametrize("path", ["/invoice/", "/o/token/", "/docs/", "/administration/", "/"])
def test_other_paths_have_no_session_user_and_messages(attributes_of, path):
    assert attributes_of(path) == ()


def test_login_of_the_admin_gives_no_access_to_the_api(db):
    client = Client()
    client.force_login(User.objects.create_superuser("chief"))

    assert client.get("/admin/", secure=True).status_code == 200
    assert client.get("/invoice/", secure=True).status_code == 401
