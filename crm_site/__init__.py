"""The composition root: sees every app, is seen by none."""

from crm_site.celery import app as celery_app

__all__ = ["celery_app"]
