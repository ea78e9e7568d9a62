"""Leave: asked for by participants, decided by staff, turned into marks."""
