"""The door for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commercebrain.web.settings")
application = get_wsgi_application()

from commercebrain.desk.foresight.warm import warm_in_background  # noqa: E402 - after Django is set up

warm_in_background()
