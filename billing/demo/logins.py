"""Logins of the demo, all with the password `demo`, and their roles."""

from typing import NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from oauth2_provider.models import get_application_model

from billing.roles import AUDITOR, CLERK, SUPERVISOR, apply_roles
from clinic.commands import parse_user_option
from clinic.domain.permissions import SYSTEM

PASSWORD = "demo"  # noqa: S105  # made up for everyone; check clinic.E010 keeps it out of a real clinic
CLIENT = "demo"


class Login(NamedTuple):
    """A login, its group ("": none), and its description in the summary of the command."""

    username: str
    given_name: str
    family_name: str
    role: str = ""
    is_staff: bool = True
    is_superuser: bool = False
    may: str = ""


LOGINS = (
    Login("admin", "Ada", "Admin", is_superuser=True, may="everything"),
    Login("supervisor", "Sigrid", "Østergaard", SUPERVISOR, may="supervising the books, with backdating"),
    Login("clerk", "Can", "Özkan", CLERK, may="billing and taking payments"),
    Login("auditor", "Aurélie", "Petit", AUDITOR, may="reading"),
    Login("patient", "", "", is_staff=False, may="a patient with invoices of their own"),
)


def make_logins() -> dict[str, User]:
    """Create or reset the logins and return them by name, with `system`, which nobody can log in as."""
    apply_roles()
    password = make_password(PASSWORD)
    users = {login.username: _make(login, password) for login in LOGINS}
    return users | {SYSTEM: parse_user_option(SYSTEM)}


def make_client() -> None:
    """Create or reset the public application `demo`, which gets tokens for a username and password."""
    application = get_application_model()
    application.objects.update_or_create(
        client_id=CLIENT,
        defaults={
            "name": "Demo",
            "client_type": application.CLIENT_PUBLIC,
            "authorization_grant_type": application.GRANT_PASSWORD,
            "client_secret": "",
            "hash_client_secret": False,
        },
    )


def _make(login: Login, password: str) -> User:
    user, _ = User.objects.update_or_create(
        username=login.username,
        defaults={
            "first_name": login.given_name,
            "last_name": login.family_name,
            "email": f"{login.username}@example.org",
            "is_active": True,
            "is_staff": login.is_staff,
            "is_superuser": login.is_superuser,
            "password": password,
        },
    )
    user.groups.set(Group.objects.filter(name=login.role))
    user.user_permissions.clear()
    return user
