"""Form data of the draft editor, as a browser sends it."""

from django.urls import reverse

NEW_URL = reverse("admin:billing_invoice_add")
TOTALS_URL = reverse("admin:billing_draft_figures")


def page_url(invoice):
    return reverse("admin:billing_invoice_change", args=[invoice.pk])


def choices_url(kind):
    return reverse("admin:billing_draft_choices", args=[kind])


def item_data(*rows):
    """Return the form data of items, each given as a dict of its entered fields."""
    keys = [f"r{index}" for index in range(len(rows))]
    fields = {
        f"row-{key}-{name}": str(value) for key, row in zip(keys, rows, strict=True) for name, value in row.items()
    }
    return {"row": keys, **fields}


def header_data(patient, **fields):
    """Return the form data of the header."""
    return {"form": "draft", "patient": str(patient.pk), "patient_search": str(patient), **fields}


def stored_rows(invoice):
    """Return the stored items of an invoice as rows for `item_data`."""
    return [
        {"id": line.pk, "description": line.description, "quantity": line.quantity, "unit_price": line.unit_price}
        for line in invoice.ordered_items
    ]


def draft_data(invoice, *rows, **fields):
    """Return the form data of a stored draft, with other rows and fields where given."""
    header = header_data(invoice.patient, version=invoice.version, invoice=str(invoice.pk), **fields)
    return header | item_data(*(rows or stored_rows(invoice)))
