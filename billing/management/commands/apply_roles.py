"""Create or update the groups of the roles, with exactly the permissions that billing/roles.py gives them."""

from collections.abc import Mapping
from typing import Any

from billing.roles import apply_roles
from clinic.commands import ClinicCommand, Outcome, plain_table


class Command(ClinicCommand):
    """`manage.py apply_roles [--json]`: done twice, nothing changes. Putting a login into a group gives it the role."""

    help = "Create or update the groups of the roles, with the permissions that billing/roles.py gives them."

    def run(self, options: Mapping[str, Any]) -> Outcome:  # noqa: ARG002  # it has no options
        changes = apply_roles()
        table = plain_table("Group", "Added", "Removed", right=("Added", "Removed"))
        for change in changes:
            table.add_row(change.group, str(len(change.added)), str(len(change.removed)))
        facts = {change.group: {"added": change.added, "removed": change.removed} for change in changes}
        return Outcome("The groups have the permissions of their roles.", facts, (table,))
