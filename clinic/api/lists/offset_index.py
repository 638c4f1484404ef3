"""Index of known rows in a long list: from the nearest one, a deep OFFSET passes over few rows.

It serves lists that only grow at their end, where a known row keeps its offset. A database passes over all rows before
an offset; with a row known in every block of STEP rows it passes over at most that many.
"""

from clinic.api.lists.ordering import Order

STEP = 10_000  # rows of a block


class OffsetIndex:
    """For each block of one list in one order, the first known offset and the order that continues there."""

    def __init__(self) -> None:
        self._by_block: dict[int, tuple[int, Order]] = {}

    def __len__(self) -> int:
        return len(self._by_block)

    def nearest(self, offset: int, order: Order) -> tuple[int, Order]:
        """Return the known offset nearest before (or at) an offset, and the order that continues there.

        Without a known one that is the beginning of the list: 0 and `order`, the order of the whole list.
        """
        for block in range(offset // STEP, -1, -1):
            known, continued = self._by_block.get(block, (offset + 1, order))
            if known <= offset:
                return known, continued
        return 0, order

    def add(self, offset: int, order: Order) -> None:
        """Remember that `order` continues at an offset, unless an earlier offset of the block is known."""
        known, _ = self._by_block.get(offset // STEP, (offset, order))
        if offset <= known:
            self._by_block[offset // STEP] = (offset, order)
