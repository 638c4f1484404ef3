"""Which texts the sources want translated: the calls of gettext in Python, and the tags for it in templates."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from clinic.i18n.catalogues.catalogue import Key

FOLDERS = ("billing", "clinic", "patients", "templates")
NOT_THE_PRODUCT = {"tests", "migrations", "testing.py", "translations"}
# How many texts each function begins with; of the third, the context comes first.
PLAIN = {"gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_IN_TEMPLATE = re.compile(rf"(n?gettext|pgettext|_)\(({_STRING}(?:\s*,\s*{_STRING})*)")


def texts(root: Path) -> dict[Key, list[str]]:
    """Every text, with the files in which it stands."""
    found: dict[Key, list[str]] = {}
    for file in sorted(_files(root)):
        name = file.relative_to(root).as_posix()
        source = file.read_text(encoding="utf-8")
        for key in of_python(source) if file.suffix == ".py" else of_template(source):
            where = found.setdefault(key, [])
            if name not in where:
                where.append(name)
    return found


def of_python(source: str) -> Iterator[Key]:
    """The texts of a module, whatever it calls the functions.

    >>> list(of_python("from django.utils.translation import gettext as _\\nsaid = _('Paid') + _(name)"))
    [Key(context='', text='Paid', plural='')]
    """
    tree = ast.parse(source)
    called = {
        name.asname or name.name: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in called:
            words = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            yield from _key(called[node.func.id], words)


def of_template(source: str) -> Iterator[Key]:
    """The texts of a template.

    >>> list(of_template("{% translate 'Paid' %}{% blocktranslate %}To {{ name }}{% endblocktranslate %}"))
    [Key(context='', text='Paid', plural=''), Key(context='', text='To %(name)s', plural='')]
    """
    for call in _IN_TEMPLATE.finditer(templatize(source)):
        words = [ast.literal_eval(text) for text in re.findall(_STRING, call[2])]
        yield from _key("gettext" if call[1] == "_" else call[1], words)


def _key(function: str, words: list[str]) -> Iterator[Key]:
    if function in PLAIN and len(words) >= 1:
        yield Key("", words[0])
    elif function in PLURAL and len(words) >= 2:
        yield Key("", words[0], words[1])
    elif function in CONTEXT and len(words) >= 2:
        yield Key(words[0], words[1])


def _files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for file in (root / folder).rglob("*"):
            inside = set(file.relative_to(root).parts)
            if file.suffix in {".py", ".html", ".txt"} and not inside & NOT_THE_PRODUCT:
                yield file
