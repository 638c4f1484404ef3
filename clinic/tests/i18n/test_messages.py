"""Message catalogues: complete, compiled as written, and in line with the sources."""

import gettext
import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import gettext as translate
from django.utils.translation import override

pytest.importorskip("babel", reason="of the development requirements")

from babel.messages import Catalog

from clinic.i18n.messages import (
    catalog_path,
    extract_messages,
    mo_bytes,
    po_bytes,
    read_catalog,
    translations,
)

pytestmark = pytest.mark.neutral

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>")


@pytest.fixture(scope="module")
def german():
    """The texts of the German catalogue, without its header."""
    return [message for message in read_catalog("de") if message.id]


@pytest.fixture
def small_product(tmp_path, settings):
    """A product with the texts "Overdue" and "Paid", and its complete German catalogue."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text("{% translate 'Overdue' %}{% translate 'Paid' %}")
    catalog = Catalog(locale="de", fuzzy=False)
    catalog.add("Overdue", "Überfällig")
    catalog.add("Paid", "Bezahlt")
    write_german(catalog)
    return tmp_path


def write_german(catalog):
    po = catalog_path("de")
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_bytes(po_bytes(catalog))
    po.with_suffix(".mo").write_bytes(mo_bytes(catalog))


def singular_and_plural(message):
    """The English text and its plural; twice the text where it has no plural."""
    return (message.id, message.id) if isinstance(message.id, str) else message.id


def test_catalog_has_exactly_the_texts_of_the_sources_and_is_complete():
    call_command("messages", "--check", stdout=io.StringIO())


def test_every_text_is_translated_in_each_of_its_forms(german):
    incomplete = [
        message.id
        for message in german
        if not all(translations(message)) or len(translations(message)) != message.pluralizable + 1
    ]

    assert incomplete == []


def test_no_translation_is_fuzzy():
    assert "fuzzy" not in catalog_path("de").read_text()


def test_translations_have_the_same_placeholders(german):
    different = [
        message.id
        for message in german
        for english, translated in zip(singular_and_plural(message), translations(message), strict=False)
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(translated))
    ]

    assert different == []


def test_translations_end_with_a_full_stop_where_the_english_does(german):
    reworded = {message.id: message.string for message in read_catalog("en")}
    different = [
        message.id
        for message in german
        for english in [singular_and_plural(message)[0]]
        if reworded.get(english, english).endswith(".") != translations(message)[0].endswith(".")
    ]

    assert different == []


def test_compiled_catalog_has_the_translations_of_the_written_one(german):
    with catalog_path("de").with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for message in german:
        if message.pluralizable:
            assert (compiled.ngettext(*message.id, 1), compiled.ngettext(*message.id, 2)) == translations(message)
        elif message.context:
            assert compiled.pgettext(message.context, message.id) == message.string
        else:
            assert compiled.gettext(message.id) == message.string


def test_django_translates_with_the_catalog():
    with override("de"):
        assert translate("Take a payment") == "Zahlung annehmen"
    with override("en"):
        assert translate("Take a payment") == "Take a payment"


def test_command_adds_new_texts_and_drops_unused_ones(small_product):
    (small_product / "templates/page.html").write_text("{% translate 'Paid' %}{% translate 'Void' %}")
    output = io.StringIO()

    call_command("messages", stdout=output)

    assert "de: not translated: Void" in output.getvalue()
    assert [(message.id, *translations(message)) for message in read_catalog("de") if message.id] == [
        ("Paid", "Bezahlt"),
        ("Void", ""),
    ]


def test_command_creates_a_missing_catalog(small_product):
    catalog_path("de").unlink()

    call_command("messages", stdout=io.StringIO())

    assert [message.id for message in read_catalog("de") if message.id] == ["Overdue", "Paid"]


def test_check_accepts_a_current_catalog(small_product):
    call_command("messages", "--check", stdout=io.StringIO())


def test_check_refuses_an_outdated_catalog_and_leaves_it(small_product):
    compiled = catalog_path("de").with_suffix(".mo")
    compiled.write_bytes(b"outdated")

    with pytest.raises(CommandError, match="differs from the sources"):
        call_command("messages", "--check", stdout=io.StringIO())

    assert compiled.read_bytes() == b"outdated"


def test_check_refuses_an_incomplete_catalog(small_product):
    incomplete = read_catalog("de")
    incomplete.get("Overdue").string = ""
    write_german(incomplete)

    with pytest.raises(CommandError, match="not complete"):
        call_command("messages", "--check", stdout=io.StringIO())


def test_texts_of_python_files_are_extracted(tmp_path):
    (tmp_path / "module.py").write_text(
        "_('a'\n 'b')\nngettext('one', 'many', n)\npgettext_lazy('verb', 'Void')\n"
        "gettext_noop('c')\nother('d')\n_(name)\n"
    )

    found = {(message.id, message.context) for message in extract_messages(tmp_path) if message.id}

    assert found == {("ab", None), (("one", "many"), None), ("Void", "verb"), ("c", None)}


def test_texts_of_templates_are_extracted_with_their_placeholders(tmp_path):
    (tmp_path / "page.html").write_text(
        "{% if x %}\n    {% translate 'Void' context 'verb' %}\n  {{ x|default:_('none') }}\n{% endif %}"
        "{% blocktranslate trimmed count n=rows %}\n {{ n }} row\n{% plural %}{{ n }} rows{% endblocktranslate %}"
    )

    found = {(message.id, message.context) for message in extract_messages(tmp_path) if message.id}

    assert found == {("Void", "verb"), ("none", None), (("%(n)s row", "%(n)s rows"), None)}


def test_texts_of_tests_and_migrations_are_not_extracted(tmp_path):
    for folder in ("tests", "migrations"):
        (tmp_path / "app" / folder).mkdir(parents=True)
        (tmp_path / "app" / folder / "module.py").write_text("_('a')")

    assert [message.id for message in extract_messages(tmp_path) if message.id] == []
