"""Marks as statements in the record store, and statements from elsewhere as marks."""
