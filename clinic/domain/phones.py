"""Forms of telephone numbers, so that a number is found however it was written."""

import re

import phonenumbers
from django.conf import settings

from clinic.domain.text import digits

_LOOKS_LIKE_A_PHONE = re.compile(r"[+(0][0-9 ()/.+-]{5,}")


def significant_digits(phone: str) -> str:
    """Return the digits by which two spellings of a telephone number are equal: country code and number, if known.

    A number without “+” is one of CLINIC_COUNTRY; where that is not set, or the number is not valid, all its digits.

    >>> significant_digits("+49 (30) 1234-5678"), significant_digits("ext. 12")
    ('493012345678', '12')
    """
    number = _parse(phone)
    return digits(phone) if number is None else f"{number.country_code}{number.national_number}"


def phone_forms(phone: str) -> list[str]:
    """Return what a search may hold of a number: as written, its digits, the international and the national form.

    >>> phone_forms("+49 (30) 1234-5678")
    ['+49 (30) 1234-5678', '493012345678', '03012345678']
    """
    forms = [phone, digits(phone), significant_digits(phone)]
    number = _parse(phone)
    if number is not None:
        forms.append(digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)))
    return list(dict.fromkeys(filter(None, forms)))


def phone_in_search(text: str) -> str:
    """Return the significant digits of a search that is a valid telephone number from its “+” or 0 on, else "".

    >>> phone_in_search("+49 30 123 456 78"), phone_in_search("Ana 1"), phone_in_search("000123")
    ('493012345678', '', '')
    """
    if not _LOOKS_LIKE_A_PHONE.fullmatch(text.strip()) or _parse(text) is None:
        return ""
    return significant_digits(text)


def _parse(phone: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(phone, settings.CLINIC_COUNTRY or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
