"""What the tests change: their own cluster without fsync, fast passwords, no lockout, files in a folder apart."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "crm_site.settings_test"

from crm_site.settings import *  # noqa: F403
from crm_site.settings import CACHES, DATA_DIR, DATABASES, STORAGES, redis_database

DEBUG = False
DEMO = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
PANELS_RAISE = True
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
# Each test worker has a Redis database of its own; the product uses 0 and 1.
CACHES["default"]["LOCATION"] = redis_database(2 + int(WORKER.removeprefix("gw")) % 12)
OUTBOX_DIR = DATA_DIR / "test" / WORKER / "outbox"
MEDIA_ROOT = DATA_DIR / "test" / WORKER / "files"
EMAIL_FILE_PATH = OUTBOX_DIR / "email"
CELERY_BROKER_URL = "memory://"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# The threads of a live server must not keep the test database busy after their request.
DATABASES["default"]["CONN_MAX_AGE"] = 0
