"""Toolkit of the JSON API: base resource, and everything that resources share.

An app declares its resources with `resources.Resource`, `lists.listing.Listing`, `lists.filters` and
`requests.serializers`, and routes them with `routing.resource_urls`. A request passes views.py (token, permission, rate
limit), resources.py (record, lock, idempotency key) and requests/ (body); responses/ builds errors, schema/ the OpenAPI
document from these and from operation_docs.py. probes.py has the endpoints for monitoring.

Imports DRF, clinic.domain, clinic.db, clinic.web and clinic.models; no other app.
"""
