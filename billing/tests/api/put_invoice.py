"""PUT of an invoice in tests."""


def put(client, invoice, body, **options):
    """PUT with the invoice's own patient."""
    return client.put(f"/invoice/{invoice.pk}", {"patient_id": invoice.patient_id} | body, **options)
