"""Where the rows of a long list stand that only grows at its end: places come across, from which others are near.

A database passes over all rows before an offset. With a row known every few thousand, it passes over these few.
"""

from clinic.api.lists.ordering import Order

STEP = 10_000  # rows; one milestone in each stretch of so many


class OffsetIndex:
    """Of one list in one order, by how many rows are passed there."""

    def __init__(self) -> None:
        self._of_stretches: dict[int, tuple[int, Order]] = {}

    def before(self, offset: int, order: Order) -> tuple[int, Order]:
        """The nearest place up to an offset, and the order that goes on there; the list's beginning, if none is known.

        `order`: that of the whole list.
        """
        for stretch in range(offset // STEP, -1, -1):
            place, going_on = self._of_stretches.get(stretch, (offset + 1, order))
            if place <= offset:
                return place, going_on
        return 0, order

    def add(self, place: int, order: Order) -> None:
        """Going on in this order, so many rows are behind."""
        known, _ = self._of_stretches.get(place // STEP, (place, order))
        if place <= known:
            self._of_stretches[place // STEP] = (place, order)
