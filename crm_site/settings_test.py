"""What the tests change: their own cluster without fsync, fast passwords, e-mail in memory, no lockout."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "crm_site.settings_test"

from crm_site.settings import *  # noqa: F403
from crm_site.settings import CACHES, DATA_DIR, STORAGES

DEBUG = False
DEMO = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
PANELS_RAISE = True
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
CACHES["default"]["KEY_PREFIX"] = f"test-{_worker}"
OUTBOX_DIR = DATA_DIR / "test" / _worker / "outbox"
MEDIA_ROOT = DATA_DIR / "test" / _worker / "files"
EMAIL_FILE_PATH = OUTBOX_DIR / "email"
CELERY_BROKER_URL = "memory://"
CELERY_TASK_IGNORE_RESULT = True
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
