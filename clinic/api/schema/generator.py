"""Generator of the OpenAPI document: operations of the resources and the token endpoints."""

from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.request import Request

from clinic.api.resources import Resource
from clinic.api.responses.error_codes import Entry, all_entries
from clinic.api.schema.operations import SCHEME
from clinic.api.schema.shapes import Components, Schema
from clinic.api.schema.tokens import scheme, token_paths

ABOUT = """\
Manage patient invoices, billing records, and payment tracking.

Every path works with and without its trailing slash; the contract's form is shown. Amounts are JSON numbers with exact
cents; numeric strings are accepted, too. Strings must not contain NUL characters. Unknown keys and parameters are
rejected, with a suggestion where one is similar; an empty parameter counts as absent. Responses may gain members in
future; clients should ignore those that they do not know.

Errors are problem documents (RFC 9457): `code` is for programs, `detail` is for people, and `errors` points at each
invalid value. The page `/docs/` has a guide and the list of codes.
"""


TAGS = {
    "Token": "Log in, renew the token, log out.",
    "Invoice": "Invoices: issue, void, write off, credit; their payments and refunds.",
    "Payment": "Payments of patients, allocated to one or several invoices, and unallocated credit.",
    "Patient": "Patients, who are billed.",
    "Appointment": "Appointments of patients.",
    "Service": "The price list.",
    "Tag": "Tags of invoices.",
}
METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")


class ResourceEndpoints(EndpointEnumerator):
    """The paths of the resources as the contract writes them: `/invoice/`, `/invoice/{id}`, `/invoice/{id}/issue`."""

    def get_path_from_regex(self, path_regex: str) -> str:
        """Return the path of a pattern of clinic.api.routing."""
        path = str(super().get_path_from_regex(path_regex)).rstrip("/").replace("{key}", "{id}")
        return path if "{id}" in path else f"{path}/"

    def get_allowed_methods(self, callback: Any) -> list[str]:
        """Return the methods of a view in the contract's order."""
        return sorted(super().get_allowed_methods(callback), key=METHODS.index)


class Generator(SchemaGenerator):
    """The generator of the OpenAPI 3.1 document."""

    endpoint_inspector_cls = ResourceEndpoints

    def get_schema(self, request: Request | None = None, public: bool = False) -> Schema:
        """Return the document."""
        components = Components(self.registry)
        components.ref(SCHEME, scheme, ResolvedComponent.SECURITY_SCHEMA)
        tokens = token_paths(components)
        document: Schema = super().get_schema(request, public)
        _add_links(document["paths"])
        document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        document["paths"] = {**document["paths"], **tokens}
        document["info"]["description"] = ABOUT
        return document

    def all_codes(self) -> list[Entry]:
        """Return the list of codes, with those of the resources."""
        self._initialise_endpoints()
        endpoints: Any = self.endpoints
        resources = {view.cls for *_, view in endpoints if issubclass(view.cls, Resource)}
        return all_entries(*(resource.error_codes for resource in resources))


def _add_links(paths: Schema) -> None:
    """Link the response of each POST that creates a record to the operations on that record."""
    operations_of: dict[str, list[str]] = {}
    for path, item in paths.items():
        if "{id}" in path:
            operations_of.setdefault(path.split("{id}")[0], []).extend(each["operationId"] for each in item.values())
    for path, operations in operations_of.items():
        created = paths[path].get("post", {}).get("responses", {}).get("201")
        if created is not None:
            parameters = {"id": "$response.body#/id"}
            created["links"] = {name: {"operationId": name, "parameters": parameters} for name in operations}


def codes_as_markdown(entries: list[Entry]) -> str:
    """Return the list of codes as two tables in Markdown: of problems, and of single values."""
    problems = [f"| `{entry.code}` | {entry.status} | {entry.meaning} |" for entry in entries if entry.status]
    values = [f"| `{entry.code}` | {entry.meaning} |" for entry in entries if not entry.status]
    return "\n".join(
        [
            "## Codes of problems",
            "",
            "| code | status | meaning |",
            "|---|---|---|",
            *problems,
            "",
            "## Codes of single values",
            "",
            "They appear in `errors`, with status 400. A problem with only one error has the code of that error.",
            "",
            "| code | meaning |",
            "|---|---|",
            *values,
            "",
        ]
    )
