"""Notices, jobs, audit trail, outbox."""

from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [
    path("notices/", views.notice_list, name="notice_list"),
    path("notices/read/", views.notice_read_all, name="notice_read_all"),
    path("notices/<int:pk>/open/", views.notice_open, name="notice_open"),
    path("jobs/", views.job_list, name="job_list"),
    path("jobs/<int:pk>/", views.job_detail, name="job_detail"),
    path("jobs/<int:pk>/errors/", views.job_errors, name="job_errors"),
    path("jobs/<int:pk>/cancel/", views.job_cancel, name="job_cancel"),
    path("jobs/<int:pk>/undo/", views.job_undo, name="job_undo"),
    path("audit/", views.audit_list, name="audit_list"),
    path("outbox/", views.outbox_list, name="outbox_list"),
    path("outbox/<int:pk>/resend/", views.outbox_resend, name="outbox_resend"),
]
