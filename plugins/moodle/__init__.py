"""Moodle, as its plugin logstore_xapi tells of it: attempts, submissions, and scores on a scale of its own."""

from lms.plugin import Plugin
from plugins.moodle.rules import moodle

plugin = Plugin(name="moodle", title="Moodle (logstore_xapi)", dialects=(moodle,))
