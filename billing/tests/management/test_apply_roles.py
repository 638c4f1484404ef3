"""The groups of the roles: made, kept as the table says, and none touched that is a clinic's own."""

import io
import json

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from billing.roles import GROUPS, TABLE, allows, apply_roles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def made(db):
    """The groups are there, whatever a test with real transactions left."""
    apply_roles()


def run(*arguments):
    stdout = io.StringIO()
    call_command("apply_roles", *arguments, stdout=stdout)
    return stdout.getvalue()


def rights_of(role):
    """Return the permissions of a user in the role's group."""
    user = User.objects.create_user(f"one-{role}")
    user.groups.add(Group.objects.get(name=role))
    return user.get_all_permissions()


class TestGroups:
    def test_groups_are_created(self):
        Group.objects.all().delete()

        output = json.loads(run("--json"))

        assert list(output) == list(GROUPS)
        assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)
        assert all(change["added"] and not change["removed"] for change in output.values())

    def test_groups_are_unchanged_when_created_again(self):
        run()

        assert json.loads(run("--json")) == {role: {"added": [], "removed": []} for role in GROUPS}

    def test_groups_lose_permissions_that_the_table_does_not_give(self):
        Group.objects.get(name="clerk").permissions.set(Permission.objects.filter(codename="delete_invoice"))

        output = json.loads(run("--json"))

        assert output["clerk"]["removed"] == ["billing.delete_invoice"]
        assert "billing.add_invoice" in output["clerk"]["added"]

    def test_groups_of_the_clinics_own_are_unchanged(self):
        cashiers = Group.objects.create(name="cashiers")
        cashiers.permissions.set(Permission.objects.filter(codename="add_payment"))

        run()

        assert [right.codename for right in cashiers.permissions.all()] == ["add_payment"]

    def test_changes_are_printed_in_a_table(self):
        lines = [line.split() for line in run().splitlines()]

        assert lines[0] == ["Group", "Added", "Removed"]
        assert lines[-1] == ["The", "groups", "have", "the", "permissions", "of", "their", "roles."]


class TestPermissions:
    @pytest.mark.parametrize("role", GROUPS)
    def test_permissions_are_those_of_the_table(self, role):
        permissions = rights_of(role)

        assert {act for act in TABLE if act.django_permission in permissions} == {
            act for act in TABLE if allows(role, act)
        }

    def test_auditor_may_view_everything_and_change_nothing(self):
        permissions = rights_of("auditor")
        trade = Permission.objects.filter(content_type__app_label__in=["billing", "patients"])

        assert {
            f"{each.content_type.app_label}.{each.codename}" for each in trade.filter(codename__startswith="view_")
        } <= permissions
        assert all(name.partition(".")[2].startswith("view_") for name in permissions)

    def test_integration_has_the_permissions_of_a_clerk(self):
        assert rights_of("integration") == rights_of("clerk")

    def test_supervisor_has_the_permissions_of_a_clerk(self):
        assert rights_of("clerk") < rights_of("supervisor")

    @pytest.mark.parametrize("role", GROUPS)
    def test_no_role_may_delete_records_or_change_logins(self, role):
        permissions = rights_of(role)

        assert not [name for name in permissions if ".delete_" in name]
        assert {name for name in permissions if name.startswith("auth.")} <= {"auth.view_user", "auth.view_group"}
