"""The WSGI entrance: any WSGI server may serve `wsgi:application`."""

from config import settings
from lms.app import create_app
from lms.plugin import load_plugins

application = create_app(settings, load_plugins(settings.plugins))
