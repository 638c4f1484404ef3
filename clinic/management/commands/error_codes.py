"""`manage.py error_codes > docs/errors.md`: print the error codes of the API in Markdown."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic.api.schema.generator import Generator, codes_as_markdown

HEAD = """\
# Error codes of the API

Generated from the code by `manage.py error_codes > docs/errors.md`; a test checks that it is up to date.

Every error is a problem document, `application/problem+json` (RFC 9457). `code` is for programs, `detail` is for
people, and `errors` has a JSON pointer to each invalid value. The token endpoints under `/o/` follow RFC 6749.

"""


def errors_page() -> str:
    """Return the text of docs/errors.md."""
    return HEAD + codes_as_markdown(Generator().all_codes())


class Command(BaseCommand):
    help = "Print the list of the API's error codes in Markdown."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the page."""
        self.stdout.write(errors_page(), ending="")
