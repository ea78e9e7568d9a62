"""The pages of people; `views.py` says at which address each of them is."""
