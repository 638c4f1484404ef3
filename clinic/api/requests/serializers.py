"""Strict serializers of request bodies.

    class VoidBody(StrictSerializer):
        reason = Text(500, blank=False)
        method = Choice(PaymentMethod.values, any_case=True, required=False)

    values = VoidBody.parse({"reason": "Wrong patient"})     # {"reason": "Wrong patient"}, or InvalidValue

All errors of a body are reported at once, each with a JSON pointer. The result has only what was sent;
`allow_null=True` lets null through as None.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property
from typing import Any, ClassVar, NamedTuple

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import empty

from clinic.api.requests.fields import StrictField
from clinic.api.responses.error_details import MAX_ERRORS, invalid_value, pointer, unknown_name
from clinic.domain.errors import FieldError


class ListOf(StrictField):
    """A list whose entries are all of one field or serializer; its length is checked first."""

    default_error_messages = {"too_many": "At most {max_length} entries are allowed."}

    def __init__(self, child: serializers.Field, *, max_length: int, **kwargs: Any) -> None:
        self.child = child
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("invalid", detail="Must be a list.")
        if len(data) > self.max_length:
            self.fail("too_many", max_length=self.max_length)
        values: list[Any] = []
        errors: list[FieldError] = []
        for index, entry in enumerate(data):
            try:
                values.append(self.child.run_validation(entry))
            except ValidationError as error:
                values.append(getattr(error, "values", None))
                errors += _field_errors(pointer(index), error)
                if len(errors) >= MAX_ERRORS:
                    break
        if errors:
            raise NestedErrors(errors, values)
        return values


class NestedErrors(ValidationError):
    """The errors of an object or a list, with pointers relative to it, and what is sound of it, if anything is."""

    def __init__(self, errors: list[FieldError], values: Any = None) -> None:
        super().__init__([ErrorDetail(error.detail, code=error.code) for error in errors])
        self.errors = errors[:MAX_ERRORS]
        self.values = values


class ReadBody(NamedTuple):
    """The sound values of a body, by the names of the fields, and the errors of the others.

    A list with errors has its entries as far as they are sound: an object without the members at fault, or None.
    """

    values: dict[str, Any]
    errors: list[FieldError]

    def is_sound(self, *steps: str | int) -> bool:
        """Return whether neither the value at these keys and indexes nor anything in it has an error."""
        place = pointer(*steps)
        return not any(error.pointer == place or error.pointer.startswith(f"{place}/") for error in self.errors)


UNSOUND: Any = object()  # stands for a value with an error where the values of a body are checked together


def _field_errors(where: str, error: ValidationError) -> list[FieldError]:
    """Return the errors of the value at a pointer."""
    if isinstance(error, NestedErrors):
        return [nested._replace(pointer=where + nested.pointer) for nested in error.errors]
    details: Any = error.detail
    return [FieldError(where, detail.code or "invalid", str(detail)) for detail in details]


class StrictSerializer(serializers.Serializer):
    """Base of the bodies. Subclasses declare fields and, where needed, the class attributes below."""

    shape: ClassVar[Any] = None
    """The TypedDict of the answer: its members that are no fields may be sent back, and are ignored."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of fields: {"name": "description"}."""
    null_is_absent: ClassVar[Collection[str]] = frozenset()
    """Fields whose null counts as not sent."""
    required_on_update: ClassVar[Collection[str]] = frozenset()
    """Fields that a PUT must send although it may leave out all others; a PATCH may leave out these, too."""

    @classmethod
    def parse(cls, body: Any, *, update: bool = False, is_partial: bool = False) -> dict[str, Any]:
        """Return the values of a body, by the names of the fields.

        In an update all fields but `required_on_update` may be left out, in a partial one these too. Raises
        InvalidValue with at most MAX_ERRORS errors.
        """
        values, errors = cls.read(body, update=update, is_partial=is_partial)
        if errors:
            raise invalid_value(errors)
        return values

    @classmethod
    def read(cls, body: Any, *, update: bool = False, is_partial: bool = False) -> ReadBody:
        """Return the values of a body as `parse` does, as far as they are sound, and at most MAX_ERRORS errors."""
        try:
            return ReadBody(_shared_instance(cls).parse_object(body, update=update, is_partial=is_partial), [])
        except NestedErrors as error:
            return ReadBody(error.values or {}, error.errors)

    def check(self, values: dict[str, Any], *, update: bool) -> Iterable[FieldError]:  # noqa: ARG002  # for subclasses
        """Yield errors of the values together; one that has an error by itself is UNSOUND, which is true."""
        return ()

    def parse_object(self, body: Any, *, update: bool = False, is_partial: bool = False) -> dict[str, Any]:
        """Do the same as `parse`, but raise NestedErrors."""
        if not isinstance(body, dict):
            raise NestedErrors([FieldError("", "invalid", "Must be an object.")])
        sent, keys, errors = self._by_field(body)
        required = frozenset() if is_partial else self.required_on_update if update else self._required
        values: dict[str, Any] = {}
        unsound: dict[str, Any] = {}
        for name, field in self._fields_by_name.items():
            if name not in sent and name not in required:
                continue
            try:
                values[name] = field.run_validation(sent.get(name, empty))
            except ValidationError as error:
                unsound[name] = getattr(error, "values", None)
                errors += _field_errors(pointer(keys.get(name, name)), error)
                if len(errors) >= MAX_ERRORS:
                    raise NestedErrors(errors) from None
        errors += self.check(values | dict.fromkeys(unsound, UNSOUND), update=update)
        if errors:
            raise NestedErrors(errors, values | {name: part for name, part in unsound.items() if part is not None})
        return values

    def run_validation(self, data: Any = empty) -> Any:
        """Return the values of an object that is itself a field or an entry of a list; null where `allow_null=True`."""
        if data is empty:
            self.fail("required")
        return None if data is None and self.allow_null else self.parse_object(data)

    def _by_field(self, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], list[FieldError]]:
        """Return what was sent and under which key, both by the names of fields, and errors of the other keys."""
        sent: dict[str, Any] = {}
        keys: dict[str, str] = {}
        errors: list[FieldError] = []
        fields = self._fields_by_name
        for key, value in body.items():
            name = self.aliases.get(key, key)
            if name not in fields:
                if self.shape is None or key not in self.shape.__annotations__:
                    errors.append(unknown_name(key, [*fields, *self.aliases], pointer=pointer(key), code="unknown_key"))
            elif name in sent and sent[name] != value:
                errors.append(FieldError(pointer(key), "repeated_key", f"“{name}” was sent twice, under two names."))
            elif value is not None or name not in self.null_is_absent:
                sent[name], keys[name] = value, key
            if len(errors) >= MAX_ERRORS:
                break
        return sent, keys, errors

    @cached_property
    def _fields_by_name(self) -> dict[str, serializers.Field]:
        """The fields in a dict, which is faster than DRF's BindingDict."""
        return dict(self.fields)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, field in self._fields_by_name.items() if field.required)


@cache
def _shared_instance(kind: type[StrictSerializer]) -> StrictSerializer:
    """Return the one instance of a class that serves all requests: making one costs more than parsing a body."""
    return kind()
