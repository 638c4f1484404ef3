"""How the tests answer a verb's dialog: opened, filled in, sent."""

import re
from uuid import uuid4

from django.urls import reverse

from billing.models import Payment

HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')


def verb_url(record, verb):
    kind = "payment" if isinstance(record, Payment) else "invoice"
    return reverse(f"admin:billing_{kind}_verb", args=[record.pk, verb])


def ask(client, record, verb, **query):
    """The dialog as it opens, in text."""
    return client.get(verb_url(record, verb), query).content.decode()


def send(client, record, verb, **typed):
    """The answer to the dialog that was opened just now, with this typed into it."""
    given = {"once": str(uuid4()), "version": str(getattr(record, "version", ""))}
    return client.post(verb_url(record, verb), {**given, **typed})


def said(response):
    """What the next page says at its top."""
    return [str(message) for message in response.wsgi_request._messages]


def foretold(client, record, verb, **typed):
    """What the dialog says beforehand while somebody types, without its tags."""
    page = send(client, record, verb, _preview="1", **typed).content.decode()
    box = page.split('id="dialog-preview"')[1].split(">", 1)[1].split("</div>\n    <input")[0]
    box = re.sub(r"<span[^>]*material-symbols[^>]*>.*?</span>", "", box, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", box).replace("\N{NO-BREAK SPACE}", " ").split())
