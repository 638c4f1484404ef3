#!/usr/bin/env python3
"""The command line of the product; a command that works on real records refuses to start without a secret."""

import os
import sys

# What is asked of the code alone, not of a clinic's records: these work in a clone with nothing set.
CODE_ALONE = {
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
    """Whether these arguments name a command that works on real records."""
    if not arguments or not {"-h", "--help", "--version"}.isdisjoint(arguments):
        return False
    return arguments[0] not in CODE_ALONE


def main() -> None:
    """Run one command; a setting that cannot be right ends it with a sentence, not with a traceback."""
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
