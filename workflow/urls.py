"""Approvals: in-tray, requests, deputies, flows."""

from django.urls import path

from workflow import office_urls
from workflow.views import deeds, deputies, exports, flows, requests, trays

app_name = "workflow"

urlpatterns = [
    path("", trays.in_tray, name="in_tray"),
    path("approve/", trays.tasks_approve, name="tasks_approve"),
    path("mine/", trays.request_list, name="request_list"),
    path("copies/", trays.copy_list, name="copy_list"),
    path("decided/", trays.decided_list, name="decided_list"),
    path("requests/<int:pk>/", requests.request_detail, name="request_detail"),
    path("requests/<int:pk>/read/", requests.request_read, name="request_read"),
    path("requests/<int:pk>/approve/", deeds.request_approve, name="request_approve"),
    path("requests/<int:pk>/reject/", deeds.request_reject, name="request_reject"),
    path("requests/<int:pk>/return/", deeds.request_return, name="request_return"),
    path("requests/<int:pk>/transfer/", deeds.request_transfer, name="request_transfer"),
    path("requests/<int:pk>/delegate/", deeds.request_delegate, name="request_delegate"),
    path("requests/<int:pk>/opinion/", deeds.request_opinion, name="request_opinion"),
    path("requests/<int:pk>/add/", deeds.request_add, name="request_add"),
    path("requests/<int:pk>/signers/<int:task_id>/remove/", deeds.signer_remove, name="signer_remove"),
    path("requests/<int:pk>/comment/", deeds.request_comment, name="request_comment"),
    path("requests/<int:pk>/attach/", deeds.request_attach, name="request_attach"),
    path("requests/<int:pk>/copy/", deeds.request_copy, name="request_copy"),
    path("requests/<int:pk>/remind/", deeds.request_remind, name="request_remind"),
    path("requests/<int:pk>/withdraw/", deeds.request_withdraw, name="request_withdraw"),
    path("requests/<int:pk>/take-back/", deeds.request_take_back, name="request_take_back"),
    path("requests/<int:pk>/resubmit/", deeds.request_resubmit, name="request_resubmit"),
    path("requests/<int:pk>/revoke/", deeds.request_revoke, name="request_revoke"),
    path("requests/<int:pk>/terminate/", deeds.request_terminate, name="request_terminate"),
    path("requests/<int:pk>/reassign/", deeds.request_reassign, name="request_reassign"),
    path("files/<int:pk>/", requests.attachment_file, name="attachment_file"),
    path("open/<str:token>/", requests.request_open, name="request_open"),
    path("deputies/", deputies.delegation_list, name="delegation_list"),
    path("deputies/new/", deputies.delegation_add, name="delegation_add"),
    path("deputies/<int:pk>/end/", deputies.delegation_end, name="delegation_end"),
    path("hand-over/", deputies.tasks_hand_over, name="tasks_hand_over"),
    path("exports/new/", exports.export_ask, name="export_ask"),
    path("exports/<int:pk>/", exports.export_detail, name="export_detail"),
    path("exports/<int:pk>/make/", exports.export_make, name="export_make"),
    path("exports/<int:pk>/fetch/", exports.export_fetch, name="export_fetch"),
    path("flows/", flows.flow_list, name="flow_list"),
    path("flows/new/", flows.flow_add, name="flow_add"),
    path("flows/<int:pk>/use/", flows.flow_use, name="flow_use"),
    path("flows/<int:pk>/", flows.flow_detail, name="flow_detail"),
    path("flows/<int:pk>/draft/", flows.draft_begin, name="draft_begin"),
    path("versions/<int:pk>/", flows.version_detail, name="version_detail"),
    path("versions/<int:pk>/discard/", flows.draft_discard, name="draft_discard"),
    path("versions/<int:pk>/publish/", flows.draft_publish, name="draft_publish"),
    path("versions/<int:pk>/nodes/add/", flows.node_add, name="node_add"),
    path("versions/<int:pk>/nodes/<slug:key>/", flows.node_edit, name="node_edit"),
    path("versions/<int:pk>/nodes/<slug:key>/move/", flows.node_move, name="node_move"),
    path("versions/<int:pk>/nodes/<slug:key>/delete/", flows.node_delete, name="node_delete"),
    *office_urls.urlpatterns,
]
