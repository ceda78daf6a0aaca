"""What waits for somebody's word: flows and their versions, requests, steps, tasks and everything done to them."""

from workflow.models.delegations import Delegation
from workflow.models.exports import ExportRequest
from workflow.models.flows import Flow, FlowVersion
from workflow.models.records import Action, Attachment, Copy
from workflow.models.requests import ApprovalRequest, ApprovalTask, Step
from workflow.models.timers import Timer

__all__ = [
    "Action",
    "ApprovalRequest",
    "ApprovalTask",
    "Attachment",
    "Copy",
    "Delegation",
    "ExportRequest",
    "Flow",
    "FlowVersion",
    "Step",
    "Timer",
]
