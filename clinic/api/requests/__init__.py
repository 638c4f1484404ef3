"""Request bodies: strict JSON, strict fields and serializers.

Entry points: fields.py, serializers.py (`StrictSerializer`), parsers.py (JSON, content negotiation, size limits),
datetimes.py (ISO 8601). Imports responses/error_details.py for the texts of errors.
"""
