"""Lists: parameters, filters, order, pages and counts.

Entry points: listing.py (`Listing`, which a resource declares) and filters.py (`StrictFilterSet`). ordering.py has
orders and cursors, pagination.py the pages, counts.py and offset_index.py what makes long lists fast.
"""
