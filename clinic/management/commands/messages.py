"""`manage.py messages`: update the message catalogues from the sources and compile them; --check only reports.

The English catalogue, of texts of other packages that are worded otherwise here, is compiled as it is.
"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic.i18n.messages import catalog_path, extract_product_messages, is_translated, mo_bytes, po_bytes, read_catalog


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if a catalogue is not up to date")

    def handle(self, *_args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES:
            if language != settings.LANGUAGE_CODE or catalog_path(language).exists():
                self._update(language, dry=options["check"])

    def _update(self, language: str, *, dry: bool) -> None:
        catalog = read_catalog(language)
        if language != settings.LANGUAGE_CODE:
            catalog.update(extract_product_messages(), no_fuzzy_matching=True, update_creation_date=False)
        po = catalog_path(language)
        contents = {po: po_bytes(catalog), po.with_suffix(".mo"): mo_bytes(catalog)}
        untranslated = [message.id for message in catalog if message.id and not is_translated(message)]
        if not dry:
            po.parent.mkdir(parents=True, exist_ok=True)
            for file, content in contents.items():
                file.write_bytes(content)
        elif any(not file.exists() or file.read_bytes() != content for file, content in contents.items()):
            raise CommandError(f"{language}: the catalogue differs from the sources. Run `manage.py messages`.")
        for text in untranslated:
            self.stdout.write(f"{language}: not translated: {text}")
        self.stdout.write(f"{language}: {len(catalog)} texts, {len(untranslated)} to translate.")
        if untranslated and dry:
            raise CommandError(f"{language}: the catalogue is not complete.")
