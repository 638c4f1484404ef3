"""Normalize text, so that a search ignores case and accents alike on every database."""

import unicodedata

MAX_SEARCH_LENGTH = 200  # characters
MAX_SEARCH_WORDS = 20

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def normalise(text: str) -> str:
    """Return the text in lower case, without accents, with single spaces between its words.

    >>> normalise("  Łukasz  ŞAHİN-Müßig ")
    'lukasz sahin-mussig'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(bare.casefold().translate(_LETTERS).split())


def search_words(text: str) -> list[str]:
    """Return the different words of a search, normalised, in the order typed; each must be found.

    >>> search_words("Ana  ANA Müller")
    ['ana', 'muller']

    An accent alone is a word that no text contains: it finds nothing, rather than everything.

    >>> search_words(""), search_words("\u0301") == ["\u0301"]
    ([], True)
    """
    return list(dict.fromkeys(normalise(text).split())) or text.split()


def digits(text: str) -> str:
    """Return the digits of a telephone number, however it is grouped.

    >>> digits("+49 (30) 123-45")
    '493012345'
    """
    return "".join(sign for sign in text if sign in "0123456789")
