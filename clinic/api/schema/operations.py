"""OpenAPI operation of one method of a resource."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from clinic.api.idempotency import KEY_HEADER
from clinic.api.operation_docs import OperationDoc
from clinic.api.resources import OperationSpec, Resource
from clinic.api.responses.error_codes import first_paragraph
from clinic.api.schema.bodies import body_of
from clinic.api.schema.parameters import parameters_of
from clinic.api.schema.problems import ON_EVERY_READ, ON_EVERY_WRITE, by_status, error_response, response_headers
from clinic.api.schema.shapes import Components, Schema, list_of, schema_of
from clinic.models import MAX_KEY_LENGTH

SCHEME = "OAuth2PasswordBearer"  # as the contract names it
ETAGS = r'^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'  # RFC 9110, section 8.8.3
ID: Schema = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
IDEMPOTENCY_KEY: Schema = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key is carried out once and receives the first response.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_KEY_LENGTH,
        "pattern": r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
    },
}
IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you received: if the record has changed since, the response is a 412.",
    "schema": {"type": "string", "pattern": ETAGS},
}

IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you received: if the record is unchanged, the response is a 304 without a body.",
    "schema": {"type": "string"},
}


class OperationSchema(AutoSchema):
    """The hook of drf-spectacular for each method of each view."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        """Return the operation; None for a view that is no resource."""
        del path_regex, path_prefix
        if not isinstance(self.view, Resource):
            return None
        return Operation(self.view, path, method, Components(registry)).to_openapi()


class Operation:
    """A method of a resource on a path."""

    def __init__(self, resource: Resource, path: str, method: str, components: Components) -> None:
        self.resource = resource
        self.action = str(resource.action)
        self.noun = resource.path
        self.path = path
        self.writes = method != "GET"
        self.components = components
        self.on_one = "{id}" in path
        documented = "update" if self.action == "partial_update" else self.action
        self.docs = resource.operation_docs.get(documented, OperationDoc())
        handler = getattr(resource, self.action)
        self.spec: OperationSpec = getattr(handler, "operation_spec", None) or self._spec_of_contract()
        self.doc = handler.__doc__ if hasattr(handler, "operation_spec") else ""

    def _spec_of_contract(self) -> OperationSpec:
        """Return the spec of one of the four methods of the contract, or of PATCH."""
        body = self.resource.body if self.writes else None
        listing = self.resource.listing if self.action == "list" else None
        return OperationSpec(body, listing, 201 if self.action == "create" else 200, None)

    def to_openapi(self) -> Schema:
        """Return the operation object."""
        permission = self.resource.action_permissions[self.action]
        needs = f"Requires the scope `{permission.scope}` and the permission `{permission.django_permission}`."
        operation: Schema = {
            "operationId": self._id(),
            "summary": self._summary(),
            "description": f"{first_paragraph(self.doc)}\n\n{needs}".strip(),
            "tags": [self.noun.capitalize()],
            "parameters": self._parameters(),
            "security": [{SCHEME: [permission.scope]}],
            "responses": self._responses(),
        }
        if self.spec.body is not None:
            operation["requestBody"] = self._body(self.spec.body)
        return operation

    def _id(self) -> str:
        nouns = f"{self.noun}s"
        names = {"list": f"list_{nouns}", "retrieve": f"get_{self.noun}", "partial_update": f"patch_{self.noun}"}
        if self.spec.listing is not None and self.on_one:
            return f"list_{self.noun}_{self._last_step().replace(' ', '_')}"
        return names.get(self.action, f"{self._method_name()}_{self.noun}")

    def _method_name(self) -> str:
        return str(getattr(self.resource, self.action).__name__)

    def _summary(self) -> str:
        noun = self.noun.capitalize()
        summaries = {
            "list": f"Get All {noun}s",
            "create": f"Create {noun}",
            "retrieve": f"Get {noun} By ID",
            "update": f"Update {noun}",
            "partial_update": f"Partially Update {noun}",
        }
        if self.spec.listing is not None and self.on_one:
            return f"Get {self._last_step().title()} Of {noun}"
        return summaries.get(self.action) or f"{self._method_name()} {noun}".replace("_", " ").title()

    def _last_step(self) -> str:
        return self.path.rpartition("/")[2].replace("-", " ")

    def _parameters(self) -> list[Schema]:
        found = [{**ID, "description": f"{self.noun.capitalize()} ID"}] if self.on_one else []
        if self.spec.listing is not None:
            found += parameters_of(self.spec.listing, self.components)
        if self.writes:
            found.append(self._shared("IdempotencyKey", IDEMPOTENCY_KEY))
            if self.on_one:
                found.append(self._shared("IfMatch", IF_MATCH))
        if self.action == "retrieve":
            found.append(self._shared("IfNoneMatch", IF_NONE_MATCH))
        return found

    def _shared(self, name: str, parameter: Schema) -> Schema:
        return self.components.ref(name, lambda: dict(parameter), ResolvedComponent.PARAMETER)

    def _body(self, body: Any) -> Schema:
        is_partial = self.action == "partial_update"
        is_update = is_partial or self.action == "update"
        content: Schema = {"schema": body_of(body, self.components, update=is_update, is_partial=is_partial)}
        if self.docs.examples:
            content["examples"] = {
                title.lower().replace(" ", "_"): {"summary": title, "value": value}
                for title, value in self.docs.examples.items()
            }
        optional = self.action not in {"create", "update", "partial_update"} and not any(
            f.required for f in body().fields.values()
        )
        return {"required": not optional, "content": {"application/json": content}}

    def _responses(self) -> Schema:
        found = {str(self.spec.status): self._success()}
        statuses = {*(ON_EVERY_WRITE if self.writes else ON_EVERY_READ)}
        statuses |= {404} if self.on_one else set()
        statuses |= {400} if self.spec.listing is not None else set()
        statuses |= {412} if self.writes and self.on_one else set()
        if self.action == "retrieve":
            headers = response_headers(["RequestId", "ETag"], self.components)
            found["304"] = {"description": "The record has not changed.", "headers": headers}
        errors = by_status(self.docs.errors)
        for status in sorted(statuses | set(errors)):
            found[str(status)] = error_response(status, errors.get(status, ()), self.components)
        return found

    def _success(self) -> Schema:
        shape = self.spec.shape or self.resource.shape
        is_list = self.spec.listing is not None
        schema = list_of(shape, self.components) if is_list else schema_of(shape, self.components)
        text = {"list": "A page of the list.", "create": "The new record."}.get(
            self.action, "A page of the list." if is_list else "Done."
        )
        headers = response_headers(self._headers(), self.components)
        return {"description": text, "headers": headers, "content": {"application/json": {"schema": schema}}}

    def _headers(self) -> list[str]:
        names = ["RequestId"]
        if self.spec.listing is not None:
            return [*names, "Link"]
        if self.spec.status == 200 or self.action == "create":
            names.append("ETag")
        if self.action == "create":
            names.append("Location")
        return [*names, "IdempotentReplayed"] if self.writes else names
