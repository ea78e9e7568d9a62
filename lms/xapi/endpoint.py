"""The blueprint of the record store, under /xapi: what every request goes through before and after its view."""

from flask import Blueprint

from lms.xapi import protocol

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
blueprint.before_request(protocol.begin)
blueprint.after_request(protocol.finish)
