#!/usr/bin/env python3
"""The command line of the product; a command that works on real records refuses to start without a secret."""

import os
import sys

# These commands read only the code, not the records of a clinic: they work without any setting.
COMMANDS_WITHOUT_RECORDS = {
    "check",
    "collectstatic",
    "error_codes",
    "findstatic",
    "help",
    "lintmigrations",
    "makemigrations",
    "messages",
    "spectacular",
    "version",
}


def needs_secret(arguments: list[str]) -> bool:
    """Return whether these arguments name a command that works on real records."""
    if not arguments or not {"-h", "--help", "--version"}.isdisjoint(arguments):
        return False
    return arguments[0] not in COMMANDS_WITHOUT_RECORDS


def main() -> None:
    """Run one command; an invalid setting ends it with a sentence, not with a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        if settings.START_REFUSED and needs_secret(sys.argv[1:]):
            sys.exit(settings.START_REFUSED)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
