"""Requests to the action dialogs: open, fill in, submit."""

import re
from uuid import uuid4

from django.contrib.messages import get_messages
from django.urls import reverse

from billing.models import Payment


def dialog_url(record, action):
    kind = "payment" if isinstance(record, Payment) else "invoice"
    return reverse(f"admin:billing_{kind}_verb", args=[record.pk, action])


def open_dialog(client, record, action, **query):
    """Return the HTML of the dialog when it is opened."""
    return client.get(dialog_url(record, action), query).content.decode()


def submit(client, record, action, **fields):
    """Submit the dialog, as opened just now, with the fields and return the response."""
    hidden = {"once": str(uuid4()), "version": str(getattr(record, "version", ""))}
    return client.post(dialog_url(record, action), {**hidden, **fields})


def messages_of(response):
    """Return the messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def preview_text(client, record, action, **fields):
    """Return the text of the preview for the fields entered so far."""
    page = submit(client, record, action, _preview="1", **fields).content.decode()
    box = page.split('id="dialog-preview"')[1].split(">", 1)[1].split("</div>\n    <input")[0]
    box = re.sub(r"<span[^>]*material-symbols[^>]*>.*?</span>", "", box, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", box).replace("\N{NO-BREAK SPACE}", " ").split())
