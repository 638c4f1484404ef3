"""`manage.py error_codes > docs/errors.md`: print the error codes of the API in Markdown."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic.api.schema.generator import Generator, codes_as_markdown

HEAD = """\
# Error codes of the API

Generated from the code by `manage.py error_codes > docs/errors.md`; a test checks that it is up to date.

Every error is a problem, `application/problem+json` (RFC 9457). Programs read `code`, people read `detail`, and
`errors` has a JSON pointer to each value that is wrong. The token endpoints below `/o/` answer as RFC 6749 says.

"""


def errors_page() -> str:
    """Return the text of docs/errors.md."""
    return HEAD + codes_as_markdown(Generator().all_codes())


class Command(BaseCommand):
    help = "Print the list of the API's error codes in Markdown."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the page."""
        self.stdout.write(errors_page(), ending="")
