"""The German of the admin: complete, compiled as written, and made of what the sources say."""

import gettext
import io
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import gettext as told
from django.utils.translation import override

from clinic.i18n.catalogues.catalogue import Key, mo_bytes, po_text, read_po
from clinic.i18n.catalogues.sources import of_python, of_template, texts
from clinic.management.commands.messages import catalogue
from clinic.tests.lockouts import shut_out

GERMAN = "de"
PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}|<[^>]+>")


@pytest.fixture(scope="module")
def german():
    return read_po(catalogue(GERMAN))


class TestCatalogue:
    def test_is_what_the_sources_say_and_complete(self):
        call_command("messages", "--check", stdout=io.StringIO())

    def test_has_every_text_of_the_sources_and_no_other(self, german):
        assert set(german) == set(texts(settings.BASE_DIR))

    def test_says_each_of_them_in_german(self, german):
        assert [key.text for key, forms in german.items() if not all(forms)] == []
        assert {len(forms) for key, forms in german.items() if key.plural} == {2}

    def test_leaves_nothing_to_be_looked_at_again(self):
        assert "fuzzy" not in catalogue(GERMAN).read_text()

    def test_fills_the_same_places(self, german):
        wrong = [
            key.text
            for key, forms in german.items()
            if sorted(PLACE.findall(key.text)) != sorted(PLACE.findall(forms[0]))
            or sorted(PLACE.findall(key.plural or key.text)) != sorted(PLACE.findall(forms[-1]))
        ]

        assert wrong == []

    def test_begins_and_ends_its_sentences_as_the_english_does(self, german):
        wrong = [key.text for key, forms in german.items() if key.text.endswith(".") != forms[0].endswith(".")]

        assert wrong == []

    def test_is_compiled_as_it_is_written(self, german):
        compiled = gettext.GNUTranslations(catalogue(GERMAN).with_suffix(".mo").open("rb"))

        for key, forms in german.items():
            if key.plural:
                assert (compiled.ngettext(key.text, key.plural, 1), compiled.ngettext(key.text, key.plural, 2)) == forms
            else:
                say = compiled.pgettext(key.context, key.text) if key.context else compiled.gettext(key.text)
                assert say == forms[0]

    def test_speaks_in_pages(self):
        with override("de"):
            assert told("Take a payment") == "Zahlung annehmen"
        with override("en"):
            assert told("Take a payment") == "Take a payment"


class TestCommand:
    @pytest.fixture
    def own(self, tmp_path, settings):
        """A catalogue of the test's own, which says what that of the product says."""
        ours = catalogue(GERMAN)
        settings.LOCALE_PATHS = [tmp_path]
        mine = catalogue(GERMAN)
        mine.parent.mkdir(parents=True)
        for file in (ours, ours.with_suffix(".mo")):
            mine.with_suffix(file.suffix).write_bytes(file.read_bytes())
        return mine

    def test_adds_what_is_missing_and_drops_what_nobody_says(self, own):
        said = read_po(own)
        said[Key("", "Said by nobody")] = ("Von niemandem gesagt",)
        del said[Key("", "Overdue")]
        own.write_text(po_text(said, {key: ["x.py"] for key in said}, language=GERMAN))
        answer = io.StringIO()

        call_command("messages", stdout=answer)

        assert "de: not translated: Overdue" in answer.getvalue()
        assert read_po(own)[Key("", "Overdue")] == ("",)
        assert Key("", "Said by nobody") not in read_po(own)

    def test_only_tells_when_asked_to_check(self, own):
        own.with_suffix(".mo").write_bytes(mo_bytes({}, language=GERMAN))

        with pytest.raises(CommandError, match="not what the sources say"):
            call_command("messages", "--check", stdout=io.StringIO())

        assert own.with_suffix(".mo").read_bytes() == mo_bytes({}, language=GERMAN)

    def test_does_not_let_a_gap_pass(self, own):
        own.write_text(own.read_text().replace('msgstr "Überfällig"', 'msgstr ""'))
        own.with_suffix(".mo").write_bytes(mo_bytes(read_po(own), language=GERMAN))

        with pytest.raises(CommandError, match="not complete"):
            call_command("messages", "--check", stdout=io.StringIO())


class TestFile:
    def test_comes_back_as_it_was_written(self, tmp_path):
        said = {
            Key("", 'One\nline and “quotes” "here"\\'): ('Eine\nZeile und „Zeichen“ "hier"\\',),
            Key("verb", "Void"): ("Stornieren",),
            Key("", "%(n)s line", "%(n)s lines"): ("%(n)s Zeile", "%(n)s Zeilen"),
            Key("", "word " * 60): ("Wort " * 60,),
        }
        file = tmp_path / "x.po"
        file.write_text(po_text(said, {key: ["a.py"] for key in said}, language=GERMAN))

        assert read_po(file) == said

    def test_does_not_say_one_thing_twice(self, tmp_path):
        file = tmp_path / "x.po"
        file.write_text('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n')

        with pytest.raises(ValueError, match="twice"):
            read_po(file)


class TestSources:
    def test_of_python_are_read_under_any_name(self):
        source = (
            "from django.utils.translation import gettext as _now, ngettext, pgettext_lazy\n"
            "x = _now('a'\n 'b'), ngettext('one', 'many', n), pgettext_lazy('verb', 'Void'), other('c'), _now(name)\n"
        )

        assert list(of_python(source)) == [Key("", "ab"), Key("", "one", "many"), Key("verb", "Void")]

    def test_of_templates_are_read_with_their_places(self):
        source = (
            "{% translate 'Void' context 'verb' %}{{ x|default:_('none') }}"
            "{% blocktranslate trimmed count n=rows %}\n {{ n }} row\n{% plural %}{{ n }} rows{% endblocktranslate %}"
        )

        assert set(of_template(source)) == {Key("verb", "Void"), Key("", "none"), Key("", "%(n)s row", "%(n)s rows")}


class TestDoor:
    @pytest.fixture
    def german_browser(self, db):
        return Client(headers={"Accept-Language": "de-AT,de;q=0.8"})

    def test_asks_in_german(self, german_browser):
        page = german_browser.get("/admin/login/").content.decode()

        assert '<html lang="de"' in page
        assert "Anmelden" in page

    def test_says_in_german_that_it_is_closed(self, german_browser):
        shut_out(place="127.0.0.1")

        page = german_browser.post("/admin/login/", {"username": "night-desk", "password": "a guess"})

        assert page.status_code == 429
        assert "Versuchen Sie es in 14 Minuten wieder." in page.content.decode()

    def test_says_in_german_that_the_session_is_over(self, german_browser):
        page = german_browser.post("/admin/billing/tag/add/", {"name": "Härtefall"}).content.decode()

        assert "Ihre Sitzung ist beendet" in page
        assert "Anmelden und speichern" in page

    def test_says_in_german_that_a_page_is_not_there(self, german_browser, admin_user):
        german_browser.force_login(admin_user)

        assert "Diese Seite gibt es nicht" in german_browser.get("/admin/nothing/").content.decode()
