"""`manage.py error_codes > docs/errors.md`: the list of codes that the API answers with, made from the code."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic.api.schema.generator import Generator, codes_as_markdown

HEAD = """\
# What the API refuses with

Made by `manage.py error_codes > docs/errors.md`; a test compares. A refusal is `application/problem+json` (RFC 9457):
a program looks at `code`, a person reads `detail`, and `errors` points at each value that is wrong. `/o/` answers as
RFC 6749 says.

"""


def errors_page() -> str:
    """docs/errors.md as it should be."""
    return HEAD + codes_as_markdown(Generator().all_codes())


class Command(BaseCommand):
    help = "Print the list of the API's error codes in Markdown."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print it."""
        self.stdout.write(errors_page(), ending="")
