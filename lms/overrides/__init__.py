"""A manager decides what a unit of a participant comes to, with a reason; each is evidence like any other."""
