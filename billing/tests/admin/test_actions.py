"""Every action of every admin page: permissions, POST only, and the checks of the action decorator."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from billing.tests.admin.model_admins import model_admins
from billing.tests.factories import InvoiceFactory
from clinic.admin import NoDeleteAdmin, action
from clinic.admin.actions import ACTION_MARKER
from clinic.admin.checks import all_actions
from clinic.tests.lockouts import lock_out

pytestmark = pytest.mark.neutral

ACTIONS = [
    pytest.param(page, name, method, id=f"{model._meta.label_lower}.{name}")
    for model, page in model_admins().items()
    for name, method in all_actions(page)
]
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture
def records(db):
    """Records for the actions."""
    lock_out()
    InvoiceFactory(issued=True)


@pytest.fixture
def request_of(rf: RequestFactory):
    def make(method, *, superuser=False):
        request = getattr(rf, method)("/admin/somewhere/")
        name = f"{method}-{superuser}"
        request.user = User.objects.create_user(name, is_staff=True, is_superuser=superuser)
        return request

    return make


def run(page, name, request):
    """Run an action as the site does: with the rows or the record that it is for."""
    rows = page.model._default_manager.all()
    bound = getattr(page, name.rpartition(".")[2])
    if name.startswith("actions."):
        return bound(request, rows)
    record = rows.first()
    return (
        bound(request, object_id=str(record.pk)) if record and not name.startswith("actions_list") else bound(request)
    )


@pytest.mark.parametrize(("page", "name", "method"), ACTIONS)
class TestEveryAction:
    def test_every_action_names_its_permissions(self, page, name, method):
        assert getattr(method, ACTION_MARKER)
        assert method.allowed_permissions

    @pytest.mark.parametrize("verb", ["get", "post"])
    def test_action_is_refused_to_staff_without_its_permissions(self, page, name, method, verb, records, request_of):
        with pytest.raises(PermissionDenied):
            run(page, name, request_of(verb))

    def test_action_changes_nothing_on_get(self, page, name, method, records, request_of):
        request = request_of("get", superuser=True)

        with CaptureQueriesContext(connection) as queries:
            try:
                response = run(page, name, request)
            except PermissionDenied:  # the record does not allow the action now
                return
        if name.startswith("actions."):
            assert response.status_code == 405
        assert not [query["sql"] for query in queries if query["sql"].startswith(WRITES)]

    def test_action_is_not_offered_without_its_permissions(self, page, name, method, records, request_of):
        request = request_of("get")

        assert not page.get_actions(request)
        assert not page.get_actions_list(request)
        assert not page.get_actions_row(request)


class TestActionDecorator:
    @pytest.mark.parametrize("permissions", [[], ["change"]])
    def test_action_without_permissions_is_an_error(self, permissions):
        with pytest.raises(ValueError, match="permissions"):
            action(permissions=permissions, description="Do it")

    def test_action_of_the_theme_fails_the_system_check(self, monkeypatch):
        page = next(iter(model_admins().values()))
        monkeypatch.setattr(type(page), "actions_detail", ["plain"], raising=False)
        monkeypatch.setattr(type(page), "plain", lambda *_args: HttpResponse(), raising=False)

        assert "clinic.E016" in {finding.id for finding in page.check()}

    def test_action_with_unknown_permission_fails_the_system_check(self, monkeypatch):
        page = next(iter(model_admins().values()))
        unknown = action(permissions=["billing.fly_invoice"], description="Fly")(lambda *_args: None)
        monkeypatch.setattr(type(page), "actions_detail", ["fly"], raising=False)
        monkeypatch.setattr(type(page), "fly", unknown, raising=False)

        assert "clinic.E017" in {finding.id for finding in page.check()}

    def test_no_page_offers_to_delete_selected_records(self, records, request_of):
        request = request_of("get", superuser=True)

        assert all("delete_selected" not in page.get_actions(request) for page in model_admins().values())

    def test_system_check_of_actions_runs_no_query(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            for page in model_admins().values():
                page.check()


class TestEveryModelAdmin:
    def test_no_model_admin_deletes_records(self):
        assert all(isinstance(page, NoDeleteAdmin) for page in model_admins().values())

    def test_system_checks_pass(self):
        call_command("check")
