"""Measurements of the product by itself: made-up cohorts with full evidence, and how long it takes to show them."""
