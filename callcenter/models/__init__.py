"""What the service desk keeps."""

from callcenter.models.calls import AgentLine, Call, CallEvent, NumberAlias, PhoneSystem

__all__ = [
    "AgentLine",
    "Call",
    "CallEvent",
    "NumberAlias",
    "PhoneSystem",
]
