"""A view that does nothing, on the product's server: the upper bound of any view's speed."""
