"""Make the groups of the roles, each with exactly the permissions that the table in billing/roles.py gives it."""

from collections.abc import Mapping
from typing import Any

from billing.roles import apply_roles
from clinic.commands import ClinicCommand, Outcome, plain_table


class Command(ClinicCommand):
    """`manage.py apply_roles [--json]`: done twice, nothing changes. Putting a login into a group gives it the role."""

    help = __doc__ or ""

    def run(self, options: Mapping[str, Any]) -> Outcome:  # noqa: ARG002  # it has no options
        changes = apply_roles()
        table = plain_table("Group", "Added", "Removed", right=("Added", "Removed"))
        for change in changes:
            table.add_row(change.group, str(len(change.added)), str(len(change.removed)))
        facts = {change.group: {"added": change.added, "removed": change.removed} for change in changes}
        return Outcome("The groups have the rights of their roles.", facts, (table,))
