"""`manage.py messages`: bring the translations up to what the sources say, and compile them; --check only tells."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic.i18n.catalogues.catalogue import mo_bytes, po_text, read_po
from clinic.i18n.catalogues.sources import texts


def catalogue(language: str) -> Path:
    """The .po file of a language; the .mo stands beside it."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when something is to be done")

    def handle(self, *_args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES:
            if language != settings.LANGUAGE_CODE:
                self._bring_up(language, dry=options["check"])

    def _bring_up(self, language: str, *, dry: bool) -> None:
        po, where = catalogue(language), texts(settings.BASE_DIR)
        known = read_po(po) if po.exists() else {}
        said = {key: known.get(key, ()) for key in where}
        text, compiled = po_text(said, where, language=language), mo_bytes(said, language=language)
        left = [key.text for key, forms in said.items() if not forms or not all(forms)]
        if not dry:
            po.parent.mkdir(parents=True, exist_ok=True)
            po.write_text(text, encoding="utf-8")
            po.with_suffix(".mo").write_bytes(compiled)
        elif po.read_text(encoding="utf-8") != text or po.with_suffix(".mo").read_bytes() != compiled:
            raise CommandError(f"{language}: the catalogue is not what the sources say. Run `manage.py messages`.")
        for sentence in left:
            self.stdout.write(f"{language}: not translated: {sentence}")
        self.stdout.write(f"{language}: {len(where)} texts, {len(left)} to translate.")
        if left and dry:
            raise CommandError(f"{language}: the catalogue is not complete.")
