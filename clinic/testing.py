"""Fixtures and helpers that the tests of every app share: users, API clients, and a fixed time."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from secrets import token_urlsafe
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application
from oauth2_provider.settings import oauth2_settings

from clinic.jobs.worker import Worker

Response = Any  # Django's, with json()

SCOPES: tuple[str, ...] = tuple(oauth2_settings.SCOPES)
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


class ApiClient:
    """A client of the API with a bearer token: `.get("/patient/", limit=5)`, `.post("/patient/", {...})`, `.put(...)`.

    A body may be bytes, which are sent unchanged. Headers are given as `headers={"If-Match": '"7"'}`.
    """

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.django_client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Response:
        return self.django_client.get(path, query, headers=headers)

    def post(self, path: str, body: Any = b"", *, headers: dict[str, str] | None = None) -> Response:
        return self.send("POST", path, body, headers=headers)

    def put(self, path: str, body: Any = b"", *, headers: dict[str, str] | None = None) -> Response:
        return self.send("PUT", path, body, headers=headers)

    def patch(self, path: str, body: Any = b"", *, headers: dict[str, str] | None = None) -> Response:
        return self.send("PATCH", path, body, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Response:
        """Send a request of any method; a body that is not bytes is sent as JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        return self.django_client.generic(method, path, sent, content_type=content_type, headers=headers)


def compact_html(response: Response) -> str:
    """Return the HTML of a response with single spaces, and none before and after a tag."""
    return re.sub(r" ?(<[^>]*>) ?", r"\1", " ".join(response.content.decode().split()))


def token_for(
    user: User | None,
    *,
    application: Application | None = None,
    expires: datetime | None = None,
    scopes: Iterable[str] | None = None,
) -> str:
    """Return a new bearer token of the user, by default valid for an hour and with every scope."""
    token = token_urlsafe(24)
    AccessToken.objects.create(
        user=user,
        token=token,
        application=application,
        expires=expires or timezone.now() + timedelta(hours=1),
        scope=" ".join(SCOPES if scopes is None else scopes),
    )
    return token


def create_groups_of_roles() -> None:
    """Run `manage.py apply_roles`."""
    call_command("apply_roles", stdout=StringIO())


def in_role(user: User, role: str) -> User:
    """Make the user a member of the role's group, read their permissions, and return the user."""
    if not Group.objects.filter(name=role).exists():  # a test with real transactions emptied the database
        create_groups_of_roles()
    user.groups.set(Group.objects.filter(name=role))
    user.get_all_permissions()
    return user


def run_jobs() -> int:
    """Run all jobs that are due, as a worker does, and return their number."""
    return Worker().run_due()


def codes_of(response: Response) -> dict[str, str]:
    """Return the errors of a problem as {pointer: code}."""
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}


@pytest.fixture
def noon() -> Iterator[datetime]:
    """The time noon on 15 June 2026, at which the clock stands still."""
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Add the groups of the roles to the test database."""
    with django_db_blocker.unblock():
        create_groups_of_roles()


@pytest.fixture
def staff_user(db) -> User:
    """A supervisor with another name."""
    return in_role(User.objects.create_user("staff", is_staff=True), "supervisor")


@pytest.fixture
def clerk(db) -> User:
    return in_role(User.objects.create_user("clerk", is_staff=True), "clerk")


@pytest.fixture
def supervisor(db) -> User:
    return in_role(User.objects.create_user("supervisor", is_staff=True), "supervisor")


@pytest.fixture
def auditor(db) -> User:
    return in_role(User.objects.create_user("auditor", is_staff=True), "auditor")


@pytest.fixture
def outsider(db) -> User:
    """A login without any role."""
    return User.objects.create_user("outsider")


@pytest.fixture
def demo_application(db) -> Application:
    """The public application whose tokens `api` uses."""
    return Application.objects.create(
        name="demo",
        client_id="demo",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_PASSWORD,
    )


@pytest.fixture
def api(demo_application) -> Callable[[User], ApiClient]:
    """`api(clerk)`: an API client of the clerk, with a token of the application `demo`."""
    return lambda user: ApiClient(token_for(user, application=demo_application))


@pytest.fixture
def anonymous() -> ApiClient:
    """A client without a token."""
    return ApiClient()


@pytest.fixture
def confidential(db) -> Application:
    """A confidential application."""
    return Application.objects.create(
        name="front",
        client_id="front",
        client_secret="kept to itself",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_PASSWORD,
    )
