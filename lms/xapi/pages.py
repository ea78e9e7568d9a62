"""Pages of the learning record store for staff: credentials, what waits, a statement."""

from flask import Blueprint

blueprint = Blueprint("records", __name__)
