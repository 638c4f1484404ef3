"""Shapes of responses: types of values, and the JSON Schema of a shape, which is a TypedDict.

    class TagShape(TypedDict):
        '''A tag of invoices.'''

        id: Id
        name: Annotated[str, "As first entered."]
        warnings: NotRequired[list[WarningShape]]

The shape becomes the component `Tag`. A text in `Annotated` is its description, `SchemaKeywords` adds other keywords.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from django.conf import settings
from django.db.models import Choices
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from clinic.api.responses.error_codes import first_paragraph

Schema = dict[str, Any]


class SchemaKeywords:
    """Keywords of JSON Schema that a type does not express."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


Id = Annotated[str, SchemaKeywords(format="uuid")]
DateTime = Annotated[str, SchemaKeywords(format="date-time")]
Date = Annotated[str, SchemaKeywords(format="date")]
Amount = Annotated[Decimal, SchemaKeywords(examples=[154.99])]


class WarningShape(TypedDict):
    """Something to check, although the request was carried out."""

    code: Literal[
        "likely_duplicate",
        "due_before_issue",
        "debt_lives_again",
        "inactive_patient",
        "inactive_service",
        "appointment_has_invoice",
        "appointment_cancelled",
    ]
    detail: str


class Warned(TypedDict):
    """Base of the responses to writes that may warn."""

    warnings: NotRequired[Annotated[list[WarningShape], "Only in the response to the request that caused them."]]


BASIC_TYPES: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Decimal: {"type": "number", "format": "double"},
    Any: {},
}


class Components:
    """The components of one document; each is built once, under its name."""

    def __init__(self, registry: ComponentRegistry) -> None:
        self.registry = registry

    def ref(self, name: str, build: Callable[[], Schema], kind: str = ResolvedComponent.SCHEMA) -> Schema:
        """Return a reference to the component; `build` is called if it does not exist yet."""
        component = ResolvedComponent(name=name, type=kind, object=name)
        if component not in self.registry:
            component.schema = build()
            self.registry.register(component)
        return {"$ref": f"#/components/{kind}/{name}"}


def name_of(shape: type) -> str:
    """Return the name of a shape's component."""
    return shape.__name__.removesuffix("Shape")


def schema_of(hint: Any, components: Components) -> Schema:
    """Return the schema of a type in a shape; shapes and choices become components."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return schema_of(inner[0], components)
    if origin is Annotated:
        return _annotated(inner[0], inner[1:], components)
    if origin in {Union, UnionType}:
        [kind] = [member for member in inner if member is not NoneType]
        return nullable(schema_of(kind, components))
    if origin is list:
        return {"type": "array", "items": schema_of(inner[0], components)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(inner[1], components)}
    if origin is Literal:
        return choices_of(inner, components)
    if is_typeddict(hint):
        return components.ref(name_of(hint), lambda: _object(hint, components))
    if isinstance(hint, type) and issubclass(hint, Choices):
        return choices_of(hint, components)
    return dict(BASIC_TYPES[hint])


def choices_of(choices: Iterable[str] | type[Choices], components: Components) -> Schema:
    """Return the schema of one of the choices; a reference to a component if they are a class."""
    if isinstance(choices, type):
        return components.ref(choices.__name__, lambda: _choices(choices))
    return {"type": "string", "enum": list(choices)}


def members_of(shape: Any, components: Components) -> dict[str, Schema]:
    """Return the schemas of a shape's members; the warnings of a write are last."""
    hints = get_type_hints(shape, include_extras=True)
    hints |= {name: hints.pop(name) for name in Warned.__annotations__ if name in hints}
    return {name: schema_of(hint, components) for name, hint in hints.items()}


def nullable(schema: Schema) -> Schema:
    """Return the schema that allows null too."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    described = {key: schema[key] for key in ("description",) if key in schema}
    bare = {key: value for key, value in schema.items() if key not in described}
    return {"anyOf": [bare, {"type": "null"}], **described}


def list_of(shape: type, components: Components) -> Schema:
    """Return a reference to the component of the list envelope around a shape."""
    count = {"type": "integer", "minimum": 0}

    def build() -> Schema:
        properties = {
            "total": {**count, "description": "The number of matches on all pages."},
            "offset": {**count, "description": "The number of records skipped."},
            "limit": {**count, "maximum": settings.MAX_PAGE, "description": "The maximum number of records on a page."},
            "data": {"type": "array", "items": schema_of(shape, components)},
        }
        return {"type": "object", "properties": properties, "required": list(properties)}

    return components.ref(f"{name_of(shape)}List", build)


def _annotated(base: Any, notes: tuple[Any, ...], components: Components) -> Schema:
    schema = schema_of(base, components)
    for note in notes:
        schema = {**schema, **(note.keywords if isinstance(note, SchemaKeywords) else {"description": note})}
    return schema


def _object(shape: Any, components: Components) -> Schema:
    properties = members_of(shape, components)
    required = [name for name in properties if name in shape.__required_keys__]
    schema: Schema = {"type": "object", "properties": properties, "required": required}
    return {"description": first_paragraph(shape.__doc__), **schema} if shape.__doc__ else schema


def _choices(kind: type[Choices]) -> Schema:
    schema: Schema = {"type": "string", "enum": list(kind.values)}
    doc = first_paragraph(kind.__doc__)
    return {"description": doc, **schema} if doc and kind.__doc__ != Choices.__doc__ else schema
