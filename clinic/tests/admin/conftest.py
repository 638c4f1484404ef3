"""Users of the admin pages."""

import pytest
from django.contrib.auth.models import Permission, User


@pytest.fixture
def user_manager(db):
    """A member of staff, no superuser, who may change users and lift lockouts."""
    user = User.objects.create_user("user-manager", is_staff=True)
    wanted = ["view_user", "change_user", "add_user", "view_accessattempt", "change_accessattempt"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user
