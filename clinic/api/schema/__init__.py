"""OpenAPI 3.1 description of the API, generated from the serializers, filters, shapes and errors that it answers with.

Entry points: views.py serves the document, generator.py builds it; shapes.py and operation_docs.py are what resources
declare. Imports the rest of clinic.api; only operation_docs.py and patterns.py are imported by it.
"""
