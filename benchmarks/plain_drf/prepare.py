"""Create the tables in the database of PLAIN_DATABASE_URL; print the token of a new user."""

import os
from datetime import timedelta
from secrets import token_urlsafe

import django


def prepare() -> str:
    os.environ["DJANGO_SETTINGS_MODULE"] = "plain_drf.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    return make_token()


def make_token() -> str:
    """Return a token of a new user, valid for a day, to read and write."""
    from django.contrib.auth.models import User
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application

    user = User.objects.create_user("clerk")
    application = Application.objects.create(
        name="bench", client_type=Application.CLIENT_PUBLIC, authorization_grant_type=Application.GRANT_PASSWORD
    )
    token, expires = token_urlsafe(24), timezone.now() + timedelta(days=1)
    AccessToken.objects.create(user=user, application=application, token=token, expires=expires, scope="read write")
    return token


if __name__ == "__main__":
    print(prepare())
