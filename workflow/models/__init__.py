"""What waits for somebody: approvals with everything done to them, expenses, the office."""

from workflow.models.delegations import Delegation
from workflow.models.expenses import Budget, ExpenseCategory, ExpenseClaim, ExpenseLine, ExpenseTerm
from workflow.models.exports import ExportRequest
from workflow.models.flows import Flow, FlowVersion
from workflow.models.office import (
    Bulletin,
    BulletinReader,
    Circulation,
    CirculationReader,
    DocumentNumber,
    OfficeTask,
    OfficialDocument,
    Paper,
    TaskItem,
    TaskNote,
)
from workflow.models.records import Action, Attachment, Copy
from workflow.models.requests import ApprovalRequest, ApprovalTask, Step
from workflow.models.timers import Timer

__all__ = [
    "Action",
    "ApprovalRequest",
    "ApprovalTask",
    "Attachment",
    "Budget",
    "Bulletin",
    "BulletinReader",
    "Circulation",
    "CirculationReader",
    "Copy",
    "Delegation",
    "DocumentNumber",
    "ExpenseCategory",
    "ExpenseClaim",
    "ExpenseLine",
    "ExpenseTerm",
    "ExportRequest",
    "Flow",
    "FlowVersion",
    "OfficeTask",
    "OfficialDocument",
    "Paper",
    "Step",
    "TaskItem",
    "TaskNote",
    "Timer",
]
