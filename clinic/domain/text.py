"""The characters that a text may hold, and the keys that two texts share when a reader takes them for the same.

Fields, searches, filters, unique keys and tags all use these functions, so both databases agree.
"""

import re
import unicodedata
from collections.abc import Iterable

MAX_SEARCH_LENGTH = 200  # characters
MAX_SEARCH_WORDS = 20


def _ranges(*ranges: tuple[int, int]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_NO_CHARACTERS = _ranges((0xFDD0, 0xFDEF), *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)))
_SURROGATES = _ranges((0xD800, 0xDFFF))
_DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
LINE_BREAKS = "\n\r\u0085\u2028\u2029"
_NOT_IN_A_LINE = re.compile(rf"[\0-\x1f\x7f-\x9f\u2028\u2029{_DIRECTIONS}{_SURROGATES}{_NO_CHARACTERS}]")
_NOT_IN_LINES = re.compile(rf"[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f{_DIRECTIONS}{_SURROGATES}{_NO_CHARACTERS}]")
_NOT_IN_JSON = re.compile(rf"[\0{_SURROGATES}]")

# Format characters (Unicode's category Cf), and other characters that are drawn as nothing: fillers, selectors of
# variants (property Default_Ignorable_Code_Point), and the Braille blank.
_FORMATS = "".join(chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf")
_INVISIBLE = (
    re.escape(_FORMATS)
    + "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
)
_INVISIBLE_CHARACTERS = re.compile(f"[{_INVISIBLE}]+")
_INVISIBLE_EDGES = re.compile(rf"\A[\s{_INVISIBLE}]+|[\s{_INVISIBLE}]+\Z")

_APOSTROPHES = "`´ʹʻʼʽʾʿˈˊˋ‘’‚‛′‵՚׳᾽᾿Ꞌꞌ＇"
_DASHES = "˗‐‑‒–—―⁃−﹘﹣－"
_SAME_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_DASHES, "-"))
# Letters that Unicode does not take apart into a base letter and a mark.
_BASE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_NUMBER_WITH_SIGNS = re.compile(r"[0-9]+[()/.+-]+[0-9()/.+-]*[0-9]")
_MIN_DIGITS = 4
_NO_DIGITS = re.compile("[^0-9]+")


def text_error(text: str, *, multiline: bool = False) -> str:
    """Return a sentence that says which character a text may not hold; an empty string if it can be stored.

    Refused are control characters (line breaks only where not `multiline`), characters that change the direction of
    what follows, halves of a character, and code points that are no characters. XML 1.0 has no way to write most of
    these; terminals obey some.

    >>> text_error("plain"), text_error("two\\nlines", multiline=True)
    ('', '')
    >>> text_error("two\\nlines")
    'The text contains a line break (U+000A).'
    >>> text_error("bell\\x07")
    'The text contains a control character (U+0007).'
    """
    character = refused_character(text, multiline=multiline)
    return _refusal(character) if character else ""


def refused_character(text: str, *, multiline: bool = False) -> str:
    """Return the first character that the text may not hold, or an empty string; see `text_error`."""
    found = (_NOT_IN_LINES if multiline else _NOT_IN_A_LINE).search(text)
    return found[0] if found else ""


def json_error(text: str) -> str:
    """Return a sentence that says why no answer and no database can hold a text; an empty string if they can.

    >>> json_error("bell\\x07"), json_error("nul\\0")
    ('', 'The text contains a control character (U+0000).')
    """
    found = _NOT_IN_JSON.search(text)
    return _refusal(found[0]) if found else ""


def _refusal(character: str) -> str:
    if character in LINE_BREAKS:
        kind = "a line break"
    elif unicodedata.category(character) == "Cc":
        kind = "a control character"
    elif unicodedata.category(character) == "Cs":
        kind = "half of a character (a lone surrogate)"
    elif unicodedata.category(character) == "Cf":
        kind = "a character that changes the direction of the text"
    else:
        kind = "a code point that is not a character"
    return f"The text contains {kind} (U+{ord(character):04X})."


def strip(text: str) -> str:
    """Return a text without white space and invisible characters at its ends; empty if nothing of it can be seen.

    >>> strip("  Ana\\u200b "), strip("\\u00ad\\u2800")
    ('Ana', '')
    """
    return text.strip() if text.isascii() else _INVISIBLE_EDGES.sub("", text)


def clean(text: str, *, multiline: bool = False) -> str:
    """Return a text of which every character can be stored: a space in place of each line break and tab, else nothing.

    >>> clean("bell\\x07\\tand\\u202e line\\n")
    'bell and line'
    """
    spaced = re.sub(r"\t" if multiline else rf"[\t{LINE_BREAKS}]+", " ", text)
    return strip((_NOT_IN_LINES if multiline else _NOT_IN_A_LINE).sub("", spaced))


def comparison_key(text: str) -> str:
    """Return the key that two texts share when a reader takes them for the same.

    Compatible forms (NFKC), case, accents, the kinds of apostrophes and of dashes, invisible characters and the amount
    of white space make no difference.

    >>> comparison_key("  Łukasz  ŞAHİN–Müßig ")
    'lukasz sahin-mussig'
    >>> comparison_key("O\\u2019Bri\\u00aden") == comparison_key("o'brien")
    True
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    same = _INVISIBLE_CHARACTERS.sub("", text.translate(_SAME_SIGNS)).casefold()
    apart = unicodedata.normalize("NFKD", same).translate(_SAME_SIGNS)
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return " ".join(bare.casefold().translate(_BASE_LETTERS).split())


def search_text(*parts: str) -> str:
    """Return what a record is found by: its parts as comparison keys, and numbers once more as their digits alone.

    >>> search_text("INV-2026-000123", "Müller")
    'inv-2026-000123 muller 2026000123'
    """
    key = " ".join(filter(None, map(comparison_key, parts)))
    numbers = dict.fromkeys(digits(number) for number in _NUMBER_WITH_SIGNS.findall(key))
    return " ".join([key, *(number for number in numbers if len(number) >= _MIN_DIGITS)])


def search_words(text: str) -> list[str]:
    """Return the different words of a search as comparison keys, in the order typed; each must be found.

    Punctuation at the edge of a word does not count, and of a number only the digits do.

    >>> search_words("Müller, ANA  ana"), search_words("(030) 1234-56")
    (['muller', 'ana'], ['030', '123456'])

    Accents or signs alone are a word that nothing has in it: they find nothing, rather than everything.

    >>> search_words(""), search_words("\\u0301") == ["\\u0301"]
    ([], True)
    """
    words = (_search_word(word) for word in comparison_key(text).split())
    return list(dict.fromkeys(filter(None, words))) or text.split()


def bounded_search(text: str) -> str:
    """Return what of a typed text is searched for: at most MAX_SEARCH_WORDS words, without what no text may hold.

    >>> bounded_search(" Ana  Mar\\0ia ")
    'Ana Maria'
    """
    return " ".join(clean(text[:MAX_SEARCH_LENGTH]).split()[:MAX_SEARCH_WORDS])


def _search_word(word: str) -> str:
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while end > start and not word[end - 1].isalnum():
        end -= 1
    bare = word[start:end]
    number = digits(bare) if _NUMBER_WITH_SIGNS.fullmatch(bare) else ""
    return number if len(number) >= _MIN_DIGITS else bare


def distinct(texts: Iterable[str]) -> dict[str, str]:
    """Return texts by their comparison keys: of those that are the same, the first; none of which nothing is seen.

    >>> distinct(["VIP", " vip ", "", "Späti"])
    {'vip': 'VIP', 'spati': 'Späti'}
    """
    found: dict[str, str] = {}
    for text in map(strip, texts):
        if text:
            found.setdefault(comparison_key(text), text)
    return found


def digits(text: str) -> str:
    """Return the digits 0 to 9 of a text.

    >>> digits("+49 (30) 123-45")
    '493012345'
    """
    return _NO_DIGITS.sub("", text)
