"""How a body is read as a whole: known keys only, every error at once, each with its place.

    class VoidBody(StrictSerializer):
        reason = Text(500, blank=False)
        method = Choice(PaymentMethod.values, any_case=True, required=False)

    values = VoidBody.read({"reason": "Wrong patient"})     # {"reason": "Wrong patient"}; InvalidValue when it is wrong

Only what was sent, and defaults, are in the result. A serializer stands in another one as a field, and in `ListOf`.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField, empty

from clinic.api.requests.fields import StrictField
from clinic.api.responses.messages import MAX_ERRORS, bad_value, pointer, unknown
from clinic.domain.errors import FieldError


class Refused(ValidationError):
    """The errors of an object or a list, with pointers that begin there."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__([ErrorDetail(error.detail, code=error.code) for error in errors])
        self.errors = errors[:MAX_ERRORS]


def errors_at(where: str, refusal: ValidationError) -> list[FieldError]:
    """What a field refused, as errors of the place where it stands."""
    if isinstance(refusal, Refused):
        return [error._replace(pointer=where + error.pointer) for error in refusal.errors]
    details: Any = refusal.detail
    return [FieldError(where, detail.code or "invalid", str(detail)) for detail in details]


class StrictSerializer(serializers.Serializer):
    """The base of every body. Subclasses declare fields and, where needed, the class attributes below."""

    read_only_keys: ClassVar[Collection[str]] = frozenset()
    """Keys of the answer that a client may send back; they are ignored."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of fields: {"name": "description"}."""
    null_is_absent: ClassVar[Collection[str]] = frozenset()
    """Fields whose null counts as not sent."""
    required_on_update: ClassVar[Collection[str]] = frozenset()
    """Fields that an update must send although it may leave out all others."""
    schema_not: ClassVar[Collection[Mapping[str, Any]]] = ()
    """For the schema: JSON Schemas of what `check` refuses in a new record, where that can be said."""
    schema_not_on_update: ClassVar[Collection[Mapping[str, Any]]] = ()
    """The same, of an update."""

    @classmethod
    def read(cls, body: Any, *, update: bool = False) -> dict[str, Any]:
        """The values of a body, by the fields' names. An update leaves out what was not sent; otherwise required
        fields must be there, and defaults are filled in. Raises InvalidValue with at most 50 errors."""
        try:
            return _shared(cls).values_of(body, update=update)
        except Refused as refusal:
            raise bad_value(refusal.errors) from None

    @cached_property
    def _own_fields(self) -> dict[str, serializers.Field]:
        """The fields by their names, in a dict that is quick to look into."""
        return dict(self.fields)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # for subclasses
        """Errors that only show when the values are seen together; asked when each is right by itself."""
        return ()

    def values_of(self, body: Any, *, update: bool = False) -> dict[str, Any]:
        """As `read`, but raises Refused."""
        if not isinstance(body, dict):
            raise Refused([FieldError("", "invalid", "Send an object.")])
        sent, spelled, errors = self._by_field(body)
        values: dict[str, Any] = {}
        for name, field in self._own_fields.items():
            try:
                value = self._value(field, name, sent.get(name, empty), update=update)
                if value is not empty:
                    values[name] = value
            except SkipField:
                continue
            except ValidationError as refusal:
                errors += errors_at(pointer(spelled.get(name, name)), refusal)
                if len(errors) >= MAX_ERRORS:
                    break
        if errors := errors or list(self.check(values, update=update)):
            raise Refused(errors)
        return values

    def run_validation(self, data: Any = empty) -> Any:
        """As a field of another serializer: an object, or null where `allow_null=True`."""
        if data is None and self.allow_null:
            return None
        return self.values_of(data)

    def _by_field(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], list[FieldError]]:
        """What was sent under each field's own name, how that name was spelled, and the keys that fit none."""
        sent: dict[str, Any] = {}
        spelled: dict[str, str] = {}
        errors: list[FieldError] = []
        fields = self._own_fields
        for key, value in body.items():
            name = self.aliases.get(key, key)
            if name not in fields:
                if key not in self.read_only_keys:
                    errors.append(unknown(key, [*fields, *self.aliases], pointer=pointer(key), code="unknown_key"))
            elif name in sent and sent[name] != value:
                errors.append(FieldError(pointer(key), "repeated_key", f"“{name}” is sent twice, under two names."))
            elif value is not None or name not in self.null_is_absent:
                sent[name], spelled[name] = value, key
            if len(errors) >= MAX_ERRORS:
                break
        return sent, spelled, errors

    def _value(self, field: serializers.Field, name: str, sent: Any, *, update: bool) -> Any:
        if sent is not empty:
            if sent is None and not field.allow_null:
                field.fail("null")
            return field.run_validation(sent)
        if name in self.required_on_update if update else field.required:
            field.fail("required")
        return empty if update or field.default is empty else field.get_default()


@cache
def _shared(kind: type[StrictSerializer]) -> StrictSerializer:
    """One instance for all requests: reading keeps nothing in it, and making one costs more than reading."""
    return kind()


class ListOf(StrictField):
    """A list of fields or serializers of one kind; its length is looked at before anything in it."""

    default_error_messages = {"too_many": "At most {max_length} entries are allowed."}

    def __init__(self, child: serializers.Field, *, max_length: int, **kwargs: Any) -> None:
        self.child = child
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("invalid", detail="Send a list.")
        if len(data) > self.max_length:
            self.fail("too_many", max_length=self.max_length)
        values: list[Any] = []
        errors: list[FieldError] = []
        for place, entry in enumerate(data):
            try:
                values.append(self.child.run_validation(entry))
            except ValidationError as refusal:
                errors += errors_at(pointer(place), refusal)
                if len(errors) >= MAX_ERRORS:
                    break
        if errors:
            raise Refused(errors)
        return values
