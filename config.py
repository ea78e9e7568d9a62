"""What an operator edits. Settings come from the environment; docs/settings.md lists them.

To keep them in a file instead, replace the last line by `settings = Settings(secret_key="...", public_url="...")`.
"""

import os

from lms.settings import Settings

settings = Settings.from_env(os.environ)
