"""What the service desk keeps."""

from callcenter.models.call_lists import CallAttempt, CallList, CallListEntry
from callcenter.models.calls import AgentLine, Call, CallEvent, NumberAlias, PhoneSystem
from callcenter.models.cases import Case, CaseEntry
from callcenter.models.counter import DueAnswer, QuickNote, Wish
from callcenter.models.dictionaries import CaseCategory, CaseCounter, Kind, Priority, ServiceTarget
from callcenter.models.handovers import HandOver, HandOverItem
from callcenter.models.knowledge import AnswerTemplate, Article, ArticleUse, ArticleVersion, ArticleVote
from callcenter.models.mail import InboundMail
from callcenter.models.outcomes import CaseRating, Compensation
from callcenter.models.steps import CaseStep, Promise
from callcenter.models.visits import Visit, VisitReason

__all__ = [
    "AgentLine",
    "AnswerTemplate",
    "Article",
    "ArticleUse",
    "ArticleVersion",
    "ArticleVote",
    "Call",
    "CallAttempt",
    "CallEvent",
    "CallList",
    "CallListEntry",
    "Case",
    "CaseCategory",
    "CaseCounter",
    "CaseEntry",
    "CaseRating",
    "CaseStep",
    "Compensation",
    "DueAnswer",
    "HandOver",
    "HandOverItem",
    "InboundMail",
    "Kind",
    "NumberAlias",
    "PhoneSystem",
    "Priority",
    "Promise",
    "QuickNote",
    "ServiceTarget",
    "Visit",
    "VisitReason",
    "Wish",
]
