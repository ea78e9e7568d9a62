"""The learning record store: statements, credentials, and the projection of statements to evidence."""
