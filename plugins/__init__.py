"""Plugins that come with Padu. Each is a room of the same shape, with its own templates and tests."""
