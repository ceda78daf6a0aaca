"""Sends: the list, one with its progress, its recipients, its transitions."""

from django.urls import path

from campaigns.views import messages, send_deeds, sends

urlpatterns = [
    path("sends/", sends.send_list, name="send_list"),
    path("sends/new/", sends.send_new, name="send_new"),
    path("sends/<int:pk>/", sends.send_detail, name="send_detail"),
    path("sends/<int:pk>/edit/", sends.send_edit, name="send_edit"),
    path("sends/<int:pk>/recipients/", sends.recipient_list, name="send_recipients"),
    path("sends/<int:pk>/members/<int:member>/", sends.send_why, name="send_why"),
    path("sends/<int:pk>/members/<int:member>/message/", messages.member_message, name="member_message"),
    path("sends/<int:pk>/labels/", send_deeds.send_labels, name="send_labels"),
    path("sends/<int:pk>/submit/", send_deeds.send_submit, name="send_submit"),
    path("sends/<int:pk>/plan/", send_deeds.send_plan, name="send_plan"),
    path("sends/<int:pk>/start/", send_deeds.send_start, name="send_start"),
    path("sends/<int:pk>/pause/", send_deeds.send_pause, name="send_pause"),
    path("sends/<int:pk>/resume/", send_deeds.send_resume, name="send_resume"),
    path("sends/<int:pk>/cancel/", send_deeds.send_cancel, name="send_cancel"),
    path("sends/<int:pk>/members/<int:member>/resolve/", send_deeds.send_resolve, name="send_resolve"),
]
