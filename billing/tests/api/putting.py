"""How the tests send a PUT."""


def put(desk, invoice, body, **options):
    """PUT with the invoice's own patient."""
    return desk.put(f"/invoice/{invoice.pk}", {"patient_id": invoice.patient_id} | body, **options)
