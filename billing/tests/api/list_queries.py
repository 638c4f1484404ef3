"""Queries of GET /invoice/ in tests."""

from billing.tests.api.bodies import ids


def found(client, **query):
    """The ids that a query finds."""
    answer = client.get("/invoice/", **query)
    assert answer.status_code == 200, answer.content
    return set(ids(answer))


def names(*invoices):
    return {str(invoice.pk) for invoice in invoices}
