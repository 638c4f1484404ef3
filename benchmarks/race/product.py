"""Fill the product's books in the database of DATABASE_URL, and print a clerk's token: `product.py INVOICES`."""

import os
import sys
from datetime import UTC, datetime, timedelta

import django

DAYS = 730


def prepare(invoices: int) -> str:
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from filling import fill
    from oauth2_provider.models import Application

    from billing.roles import SUPERVISOR, apply_roles
    from clinic.testing import token_for

    call_command("migrate", verbosity=0)
    apply_roles()
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.groups.set(Group.objects.filter(name=SUPERVISOR))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    fill(invoices=invoices, days=DAYS, until=midnight, by=clerk)
    application = Application.objects.create(
        name="bench", client_type=Application.CLIENT_PUBLIC, authorization_grant_type=Application.GRANT_PASSWORD
    )
    return token_for(clerk, application=application, expires=datetime.now(UTC) + timedelta(days=1))


if __name__ == "__main__":
    print(prepare(int(sys.argv[1])))
