"""Sessions, logins and messages are for the pages of the admin: a request to the API carries none of them."""

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from clinic.web.admin_only import AuthenticationMiddleware, MessageMiddleware, SessionMiddleware

pytestmark = pytest.mark.neutral

OF_PAGES = ("session", "user", "_messages")


@pytest.fixture
def seen():
    """What a view sees of a request to this path, as the middleware leaves it."""

    def through(path):
        left = []

        def view(request):
            left.extend(name for name in OF_PAGES if hasattr(request, name))
            return HttpResponse()

        handler = view
        for middleware in (MessageMiddleware, AuthenticationMiddleware, SessionMiddleware):
            handler = middleware(handler)
        handler(RequestFactory().get(path))
        return tuple(left)

    return through


class TestMiddlewareOfPages:
    @pytest.mark.parametrize("path", ["/admin/", "/admin/billing/invoice/"])
    def test_serves_the_admin(self, seen, path):
        assert seen(path) == OF_PAGES

    @pytest.mark.parametrize("path", ["/invoice/", "/o/token/", "/docs/", "/administration/", "/"])
    def test_leaves_everything_else_alone(self, seen, path):
        assert seen(path) == ()

    def test_lets_no_login_of_the_admin_into_the_api(self, db):
        client = Client()
        client.force_login(User.objects.create_superuser("chief"))

        assert client.get("/admin/", secure=True).status_code == 200
        assert client.get("/invoice/", secure=True).status_code == 401
