"""Cases of the table of statuses: invoices to begin with, and helpers to compare refusals."""

# Invoices over 100.00: the arguments of their factory.
STATES = {
    "draft": {},
    "draft with a deposit": {"deposit": "40.00"},
    "draft paid in advance": {"deposit": "100.00"},
    "draft of nothing": {"total": "0.00"},
    "issued": {"issued": True},
    "issued, half written off": {"part_written_off": "50.00"},
    "partially paid": {"part_paid": "40.00"},
    "partially paid, part written off": {"part_paid": "40.00", "part_written_off": "20.00"},
    "paid": {"paid": True},
    "paid, of nothing": {"total": "0.00", "issued": True},
    "void": {"void": True},
    "void draft": {"void": True, "issued": False},
    "written off": {"written_off": True},
    "written off, part recovered": {"part_paid": "40.00", "written_off": True},
}


def allowed(*statuses):
    """Return the code `invalid_transition` and the statuses that are allowed instead."""
    return "invalid_transition", [status.value for status in statuses]


def case_id(value):
    """Return the name of a case in the list of tests."""
    return value[0] if isinstance(value, tuple) else str(value)


def refusal(raised):
    """Return the code of a refusal and the statuses that it allows, if it names them."""
    return raised.value.code, raised.value.members.get("allowed", [])
