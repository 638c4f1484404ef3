"""Money movement: whether a ledger row was written."""

from clinic.domain.money_movement import record_money_movement, track_money_movement


def test_money_movement_is_noticed():
    with track_money_movement() as money:
        record_money_movement()

    assert money.moved


def test_absence_of_money_movement_is_noticed():
    record_money_movement()
    with track_money_movement() as money:
        pass
    record_money_movement()

    assert not money.moved
