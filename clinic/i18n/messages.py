"""Message catalogues in locale/: extract the texts of the sources with Babel, read and write .po and .mo files."""

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

FOLDERS = ("billing", "clinic", "patients", "templates")
# The first pattern that matches a path decides how it is read.
METHODS = [
    ("**/tests/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "clinic.i18n.messages:extract_template"),
    ("**.txt", "clinic.i18n.messages:extract_template"),
]
# The functions that take a text, by name: the positions of the text, its plural and ("c") its context.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
LINE_WIDTH = 100


def catalog_path(language: str) -> Path:
    """Return the path of a language's .po file; the .mo file is its neighbour."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def extract_template(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterator[Any]:
    """Extract the texts of a Django template: Babel's method for files of this kind."""
    # templatize leaves calls of gettext between blanked text; indented lines would not be valid Python.
    lines = (line.strip() for line in templatize(file.read().decode()).splitlines())
    yield from extract_python(io.BytesIO("\n".join(lines).encode()), keywords, comment_tags, options)


def extract_messages(folder: Path) -> Catalog:
    """Return the texts of all Python files and templates below a folder."""
    found = Catalog(fuzzy=False)
    for _file, _line, message, _comments, context in extract_from_dir(folder, METHODS, keywords=KEYWORDS):
        found.add(message, context=context)
    return found


def extract_product_messages() -> Catalog:
    """Return the texts of the product, without those of tests and migrations."""
    found = Catalog(fuzzy=False)
    for folder in FOLDERS:
        for message in extract_messages(settings.BASE_DIR / folder):
            found.add(message.id, context=message.context)
    return found


def read_catalog(language: str) -> Catalog:
    """Return the translations of a language; without a .po file, an empty catalogue."""
    path = catalog_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def translations(message: Message) -> tuple[str, ...]:
    """Return the translation of a text; of one with a plural, both forms."""
    forms = message.string or ""
    return (forms,) if isinstance(forms, str) else tuple(forms)


def is_translated(message: Message) -> bool:
    return all(translations(message))


def po_bytes(catalog: Catalog) -> bytes:
    """Return the .po file of a catalogue, in the order of its texts, so that a moved source does not change it."""
    file = io.BytesIO()
    write_po(file, catalog, width=LINE_WIDTH, no_location=True, sort_output=True, ignore_obsolete=True)
    return file.getvalue().strip() + b"\n"


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the .mo file that Django reads; texts without a translation are left out."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()
