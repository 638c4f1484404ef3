"""An issued invoice as one reads it: what it says, what is owed, its ledger and its history; and on paper."""
