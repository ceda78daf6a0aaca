"""Notices, jobs, audit trail, outbox."""

app_name = "staff"
urlpatterns = []
