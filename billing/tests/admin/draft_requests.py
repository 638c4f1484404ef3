"""The page of a draft, as a browser sends it."""

from django.urls import reverse

NEW = reverse("admin:billing_invoice_add")
FIGURES = reverse("admin:billing_draft_figures")


def page_of(invoice):
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


def choices(kind):
    return reverse("admin:billing_draft_choices", args=[kind])


def lines(*rows):
    """Rows as the page sends them; each is told what was typed into it."""
    keys = [f"r{at}" for at in range(len(rows))]
    typed = {
        f"row-{key}-{name}": str(value) for key, row in zip(keys, rows, strict=True) for name, value in row.items()
    }
    return {"row": keys, **typed}


def head(patient, **fields):
    return {"form": "draft", "patient": str(patient.pk), "patient_search": str(patient), **fields}


def stored_rows(invoice):
    return [
        {"id": line.pk, "description": line.description, "quantity": line.quantity, "unit_price": line.unit_price}
        for line in invoice.ordered_items
    ]


def typed(invoice, *rows, **fields):
    """The page of a stored draft, sent back as it is but for what is named."""
    sent = head(invoice.patient, version=invoice.version, invoice=str(invoice.pk), **fields)
    return sent | lines(*(rows or stored_rows(invoice)))
