"""The API told to machines: OpenAPI 3.1, made of the same serializers, filters, shapes and refusals that answer."""
