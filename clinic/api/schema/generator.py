"""How the whole document comes about: the resources' operations, the token's, the list of codes."""

from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.request import Request

from clinic.api.resources import Resource
from clinic.api.responses.codes import Entry, every_code
from clinic.api.schema.operations import SCHEME
from clinic.api.schema.shapes import Components, Schema
from clinic.api.schema.tokens import scheme, token_paths

ABOUT = """\
Manage patient invoices, billing records, and payment tracking.

Every route answers with and without its last slash; the contract's spelling is shown. Amounts are JSON numbers with
exact cents; a numeric text is taken, too. A text holds no NUL. A key or a parameter that does not exist is refused, and
the closest that does is named. Answers may gain members; a client looks at those that it knows.

A refusal is a problem (RFC 9457): a program looks at `code`, a person reads `detail`, and `errors` points at each value
that is wrong.

"""


METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")


class Endpoints(EndpointEnumerator):
    """Where the resources answer, spelled as in the contract: `/invoice/`, `/invoice/{id}`, `/invoice/{id}/issue`."""

    def get_path_from_regex(self, path_regex: str) -> str:
        """The path of a pattern of clinic.api.routing."""
        path = str(super().get_path_from_regex(path_regex)).rstrip("/").replace("{key}", "{id}")
        return path if "{id}" in path else f"{path}/"

    def get_allowed_methods(self, callback: Any) -> list[str]:
        """The methods of a view in the contract's order."""
        return sorted(super().get_allowed_methods(callback), key=METHODS.index)


class Generator(SchemaGenerator):
    """Makes the document: OpenAPI 3.1."""

    endpoint_inspector_cls = Endpoints

    def get_schema(self, request: Request | None = None, public: bool = False) -> Schema:
        """The document as a dict."""
        components = Components(self.registry)
        components.ref(SCHEME, scheme, ResolvedComponent.SECURITY_SCHEMA)
        tokens = token_paths(components)
        document: Schema = super().get_schema(request, public)
        _link(document["paths"])
        document["paths"] = {**document["paths"], **tokens}
        document["info"]["description"] = ABOUT + folded(table_of(self.codes()))
        return document

    def codes(self) -> list[Entry]:
        """Every code, with those that the resources add."""
        self._initialise_endpoints()
        endpoints: Any = self.endpoints
        resources = {view.cls for *_, view in endpoints if issubclass(view.cls, Resource)}
        return every_code(*(resource.error_codes for resource in resources))


def folded(text: str) -> str:
    """A text of which a page shows the heads only, until one is opened."""
    _, *parts = text.split("## ")
    return "\n".join(
        f"<details><summary>{head}</summary>\n{rest}\n</details>\n"
        for head, _, rest in (part.partition("\n") for part in parts)
    )


def _link(paths: Schema) -> None:
    """Tell of each record that is made where one goes on with it: at every path behind its id."""
    behind: dict[str, list[str]] = {}
    for path, item in paths.items():
        if "{id}" in path:
            behind.setdefault(path.split("{id}")[0], []).extend(each["operationId"] for each in item.values())
    for path, operations in behind.items():
        made = paths[path].get("post", {}).get("responses", {}).get("201")
        if made is not None:
            where = {"id": "$response.body#/id"}
            made["links"] = {name: {"operationId": name, "parameters": where} for name in operations}


def table_of(entries: list[Entry]) -> str:
    """The list of codes as two tables in Markdown: of problems, and of single values."""
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
            "They stand in `errors`, with status 400; a problem with one error has its code.",
            "",
            "| code | meaning |",
            "|---|---|",
            *values,
            "",
        ]
    )
