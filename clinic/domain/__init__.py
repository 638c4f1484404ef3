"""Domain concepts that all apps share: errors, permissions, dates, bounds of amounts, and the audit context."""
