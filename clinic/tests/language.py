"""Find names, docstrings and texts that are not plain English: lists of words, phrases and beginnings.

python clinic/tests/language.py [FOLDER ...]
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

REFUSED_WORDS = frozenset(
    """
    anew beside borrow borrowed borrows deed deeds desk door doors dress dressed dresses dressing dying foretell
    foretells foretold forgive forgiven forgives forgotten fulfil fulfilled fulfils hammer hammered hammers held hold
    holds judge judged judgement judges judging living milestone milestones moment moments outward promise promised
    promises reckon reckoned reckoning reckons room rooms said say saying says smuggle smuggled smuggles spell spelled
    spells stories story stranger strangers stretch stretched stretches tell telling tells told tour touring tours
    unsaid untold walked walking walks wish wished wishes wishing wording
    """.split()
)
"""Words that are part of no name of a module, class, function, argument, variable or attribute."""

REFUSED_PHRASES = tuple(
    """
    agree with themselves; any more; claimed again; counts no more; for ever; give back; given up; hand it out;
    handed out; is no invoice; is no item; let in again; lies after; lies before; lies in; may ask for; no such;
    not known here; not yours; one cannot; send a text; somebody else pays; stands here; stands twice;
    take away; what it comes to; what it may; whoever; with commas between; with spaces between
    """.replace("\n    ", " ")
    .strip()
    .split("; ")
)
"""Phrases that are part of no text of the product: of a string that is no docstring, or of a template."""

REFUSED_BEGINNING = re.compile(r"(What|How|Who|Whom|Whose|Whether|Which|When|Where|Why)\b")
"""A docstring states what a thing is or does; none begins with one of these words."""


def findings(folders: list[Path]) -> Iterator[str]:
    """Yield `path:line: message` for each name and docstring that is not plain."""
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
            if "migrations" in path.parts or ".venv" in path.parts:
                continue
            place = path.relative_to(ROOT)
            if refused := refused_words(path.stem):
                yield f"{place}:1: the file's name has “{refused}”"
            source = path.read_text(encoding="utf-8")
            for line, message in findings_in(source):
                yield f"{place}:{line}: {message}"
            if not {"tests", "benchmarks"} & set(path.parts):
                yield from (f"{place}:{line}: {message}" for line, message in odd_texts(source))
        for path in [] if folder.is_file() else sorted(folder.rglob("*.html")):
            for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if phrase := refused_phrase(text):
                    yield f"{path.relative_to(ROOT)}:{number}: the text has “{phrase}”"


def findings_in(source: str) -> list[tuple[int, str]]:
    """Return the line and the message of each finding in the text of a module, in the order of the lines.

    >>> findings_in('def rows(): "What is stored."')
    [(1, 'the docstring begins with “What”')]
    """
    return sorted(set(_in_tree(ast.parse(source))))


def refused_words(name: str) -> str:
    """Return the first word of an identifier that is not plain, or an empty string.

    >>> refused_words("rows_told"), refused_words("SpelledForMany"), refused_words("threshold")
    ('told', 'spelled', '')
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return next((word.lower() for word in words if word.lower() in REFUSED_WORDS), "")


def odd_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the message of each string in the text of a module that has a refused phrase.

    >>> list(odd_texts('raise ValueError("One cannot pay this.")'))
    [(1, 'the text has “one cannot”')]
    """
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        if phrase := refused_phrase(node.value):
            yield node.lineno, f"the text has “{phrase}”"


def refused_phrase(text: str) -> str:
    """Return the first refused phrase in a text, or an empty string.

    >>> refused_phrase("Not yours to do"), refused_phrase("You don't have permission")
    ('not yours', '')
    """
    return next((phrase for phrase in REFUSED_PHRASES if phrase in text.lower()), "")


def _in_tree(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        for name in _names_defined(node):
            if refused := refused_words(name):
                yield getattr(node, "lineno", 1), f"the name “{name}” has “{refused}”"
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node)
            if docstring and (found := REFUSED_BEGINNING.match(docstring)):
                yield getattr(node, "lineno", 1), f"the docstring begins with “{found[0]}”"


def _names_defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield node.attr
    elif isinstance(node, ast.alias) and node.asname:
        yield node.asname


if __name__ == "__main__":
    arguments = [Path(name).resolve() for name in sys.argv[1:]]
    found = list(
        findings(arguments or [ROOT / name for name in ("benchmarks", "billing", "clinic", "patients", "templates")])
    )
    print(*found, f"{len(found)} findings", sep="\n")  # noqa: T201  # a program for the command line
    sys.exit(bool(found))
