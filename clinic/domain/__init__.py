"""Domain concepts that all apps share: errors, permissions, dates, bounds of amounts, the audit context."""
