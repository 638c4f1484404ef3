"""A catalogue of translations as GNU gettext keeps it: read from .po, written to .po, and compiled to .mo."""

import ast
import re
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

HEADER = """\
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
MIME-Version: 1.0
Language: {language}
Plural-Forms: nplurals=2; plural=(n != 1);
"""
WIDTH = 100  # of a line, from which on a text is broken into several
_LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*(".*")')


class Key(NamedTuple):
    """A text to translate; `plural` is its form for many, `context` tells two alike apart."""

    context: str
    text: str
    plural: str = ""

    @property
    def compiled(self) -> bytes:
        """As a .mo file names it."""
        said = f"{self.context}\4{self.text}" if self.context else self.text
        return (f"{said}\0{self.plural}" if self.plural else said).encode()


Said = tuple[str, ...]  # the translation; with a plural, the form for one and that for many
Catalogue = dict[Key, Said]


def read_po(path: Path) -> Catalogue:
    """The translations of a .po file, without its header. ValueError for an entry that stands there twice."""
    found: Catalogue = {}
    entry: dict[str, str] = {}
    part = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        match = _LINE.fullmatch(line.strip())
        if match:
            part = match[1] or part
            entry[part] = entry.get(part, "") + str(ast.literal_eval(match[2]))
        elif not line.strip() and entry:
            key = Key(entry.get("msgctxt", ""), entry["msgid"], entry.get("msgid_plural", ""))
            if key in found:
                raise ValueError(f"“{key.text}” stands there twice.")
            if key.text:
                found[key] = tuple(value for name, value in entry.items() if name.startswith("msgstr"))
            entry = {}
    return found


def po_text(said: Catalogue, where: Mapping[Key, Iterable[str]], *, language: str) -> str:
    """The .po file of these translations, in the order of their texts; `where` each stands in the sources."""
    blocks = [f'msgid ""\nmsgstr ""\n{_quoted(HEADER.format(language=language), always=True)}']
    for key in sorted(where, key=lambda key: (key.text.casefold(), key)):
        lines = [f"#: {file}" for file in where[key]]
        if "%(" in key.text or "%(" in key.plural:
            lines.append("#, python-format")
        if key.context:
            lines.append(f"msgctxt {_quoted(key.context)}")
        lines.append(f"msgid {_quoted(key.text)}")
        forms = said.get(key, ())
        if key.plural:
            lines.append(f"msgid_plural {_quoted(key.plural)}")
            lines += [f"msgstr[{at}] {_quoted(forms[at] if at < len(forms) else '')}" for at in (0, 1)]
        else:
            lines.append(f"msgstr {_quoted(forms[0] if forms else '')}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def mo_bytes(said: Catalogue, *, language: str) -> bytes:
    """The same as a .mo file, which Django reads; texts without a translation are left out."""
    pairs = [(b"", HEADER.format(language=language).encode())]
    pairs += [(key.compiled, "\0".join(forms).encode()) for key, forms in said.items() if all(forms)]
    pairs.sort()
    begin = 7 * 4 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    texts = [b"", b""]
    for pair in pairs:
        for at, text in enumerate(pair):
            tables[at] += [len(text), len(texts[at])]
            texts[at] += text + b"\0"
    starts = (begin, begin + len(texts[0]))
    numbers = [n + starts[at] * (i % 2) for at, table in enumerate(tables) for i, n in enumerate(table)]
    head = (0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, begin)
    return struct.pack(f"<7I{len(numbers)}I", *head, *numbers) + texts[0] + texts[1]


def _quoted(text: str, *, always: bool = False) -> str:
    """In quotation marks; a long text, or one of several lines, over several lines."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    if len(escaped) <= WIDTH and "\\n" not in escaped[:-2]:
        return f'"{escaped}"'
    parts = [part for line in re.split(r"(?<=\\n)", escaped) for part in _folded(line)]
    lines = "\n".join(f'"{part}"' for part in parts if part)
    return lines if always else f'""\n{lines}'


def _folded(line: str) -> list[str]:
    """A line in parts of at most WIDTH characters, broken after a blank."""
    parts = [""]
    for word in re.findall(r"\S*\s*", line):
        if parts[-1] and len(parts[-1]) + len(word) > WIDTH:
            parts.append("")
        parts[-1] += word
    return parts
