"""Every route, method, role and scope: who comes through, and who is refused with what."""

from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import path, resolve
from oauth2_provider.models import Application

from billing.roles import GROUPS, PATIENT, TABLE, allows
from billing.tests.rights import urls_without_permissions
from billing.tests.rights.routes import NOBODY, OUTSIDE, decisions, endpoints, undecided
from clinic.testing import SCOPES, ApiClient, in_role, token_for
from clinic.urls import urlpatterns
from patients.tests.factories import PatientFactory

pytestmark = pytest.mark.neutral

ROUTES = {endpoint.name: endpoint for endpoint in endpoints(urlpatterns)}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANONYMOUS, OUTSIDER, SUPERUSER = "anonymous", "outsider", "superuser"
ROLES = (ANONYMOUS, OUTSIDER, *GROUPS, PATIENT, SUPERUSER)
SETS = {"none": (), **{scope: (scope,) for scope in SCOPES}, "all": SCOPES}


@pytest.fixture
def people(db):
    """A login in each role; the integration is an application that acts alone."""
    logins = {name: User.objects.create_user(name) for name in (OUTSIDER, *GROUPS, PATIENT)}
    for role in GROUPS:
        in_role(logins[role], role)
    PatientFactory(login=logins[PATIENT])
    return {**logins, SUPERUSER: User.objects.create_superuser(SUPERUSER)}


@pytest.fixture
def clients(people, demo_application, clerk_like_machine):
    """A client of the API for each role and each set of scopes."""

    def client(role, scopes):
        if role == ANONYMOUS:
            return ApiClient()
        alone = role == "integration"
        user, application = (None, clerk_like_machine) if alone else (people[role], demo_application)
        return ApiClient(token_for(user, application=application, scopes=scopes))

    return {(role, name): client(role, scopes) for role, (name, scopes) in product(ROLES, SETS.items())}


@pytest.fixture
def clerk_like_machine(people):
    return Application.objects.create(
        name="machine",
        client_id="machine",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        user=people["integration"],
    )


def cells(route):
    """Method, role and scopes of each cell; where a method does not exist, whether there is any scope."""
    for method, role in product(METHODS, ROLES):
        exists = method in route.methods or (method == "HEAD" and "GET" in route.methods)
        for name in SETS if exists else ("none", "all"):
            yield method, role, name


def expected(route, method, role, scopes):
    """The status that the table asks for."""
    if role == ANONYMOUS:
        return 401
    if role == OUTSIDER:
        return 403
    if method == "OPTIONS":
        return 204
    act = decisions().get((route.name, "GET" if method == "HEAD" else method))
    if act is None:
        return 405
    if act.scope not in scopes:
        return 403
    is_reading = method in ("GET", "HEAD")
    if role == PATIENT and not act.own_records:
        return 404 if is_reading else 403
    if role != SUPERUSER and not allows(role, act):
        return 403
    if NOBODY in route.path:
        return 404
    return 200 if is_reading else 400


def view_status(method, path, token):
    """The status with which the view of that path answers a body that nobody understands."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = RequestFactory().generic(method, path, b"{}", content_type="application/json", headers=headers)
    match = resolve(path)
    return match.func(request, *match.args, **match.kwargs).status_code


class TestMatrix:
    @pytest.mark.parametrize("name", ROUTES)
    def test_endpoint_permission_is_that_of_the_table(self, clients, name):
        """The view that the URL conf leads to is called itself: all middleware, thousands of times, takes long."""
        route, wrong = ROUTES[name], {}
        for method, role, scopes in cells(route):
            status = view_status(method, route.path, clients[role, scopes].token)
            if status != expected(route, method, role, SETS[scopes]):
                wrong[method, role, scopes] = (status, expected(route, method, role, SETS[scopes]))

        assert wrong == {}

    @pytest.mark.parametrize("role", ROLES)
    def test_table_applies_to_real_tokens(self, clients, role):
        answers = {name: clients[role, "all"].send("POST", route.path, b"{}") for name, route in ROUTES.items()}

        assert {name: answer.status_code for name, answer in answers.items()} == {
            name: expected(route, "POST", role, SCOPES) for name, route in ROUTES.items()
        }

    def test_matrix_has_a_cell_for_every_endpoint_and_role(self, record_property):
        number = sum(len(list(cells(route))) for route in ROUTES.values())
        record_property("cells", number)

        assert number > 5_000
        assert {route.name for route in ROUTES.values()} == {name for name, _ in decisions()}

    def test_missing_scope_and_missing_role_are_distinguished(self, clients):
        narrow = clients["supervisor", "invoice:read"].post(f"/invoice/{NOBODY}/void")
        low = clients["clerk", "all"].post(f"/invoice/{NOBODY}/write-off")

        assert (narrow.json()["code"], narrow.json()["scope"]) == ("insufficient_scope", "invoice:write")
        assert 'error="insufficient_scope"' in narrow["WWW-Authenticate"]
        assert low.json()["code"] == "permission_denied"


class TestDecisions:
    def test_every_endpoint_has_a_decision(self):
        assert undecided(urlpatterns) == []

    def test_decisions_are_those_of_the_views(self):
        answers = {
            (pattern.name, method.upper()): pattern.callback.cls.action_permissions[action]
            for pattern in urlpatterns
            if hasattr(pattern.callback, "actions") and pattern.name not in OUTSIDE
            for method, action in pattern.callback.actions.items()
            if method != "head"
        }

        assert answers == decisions()

    def test_every_permission_has_a_role(self):
        assert set(decisions().values()) <= set(TABLE)

    def test_decisions_name_only_existing_routes(self):
        names = {getattr(pattern, "name", None) or pattern.app_name for pattern in urlpatterns}

        assert set(OUTSIDE) <= names

    def test_new_endpoint_without_a_decision_is_found(self):
        assert undecided(urls_without_permissions.urlpatterns) == [
            ("undecided-list", "GET"),
            ("undecided-detail", "GET"),
            ("undecided-burn", "POST"),
        ]

    def test_view_outside_of_the_api_without_a_decision_is_found(self):
        assert undecided([*urlpatterns, path("back-door/", lambda request: None, name="back-door")]) == [
            ("back-door", "EVERY METHOD")
        ]


class TestUndecided:
    @pytest.fixture(autouse=True)
    def one_endpoint_more(self, settings):
        settings.ROOT_URLCONF = "billing.tests.rights.urls_without_permissions"

    def test_undecided_endpoint_is_closed_to_the_superuser(self, clients):
        answer = clients[SUPERUSER, "all"].get("/undecided/")

        assert answer.status_code == 403
        assert answer.json()["code"] == "permission_denied"
