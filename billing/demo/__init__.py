"""Books of a made-up clinic, for trying the product. Entry point: `fill_books.fill_books`, used by `manage.py demo`."""
