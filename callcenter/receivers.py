"""What the service desk does when members become one."""

from members.services.merging import move, register


def register_policies() -> None:
    """Calls, cases, promises and visits go with the member who lives on."""
    register("callcenter.Call.member", move("callcenter.Call", "member"))
    register("callcenter.Case.member", move("callcenter.Case", "member"))
    register("callcenter.Promise.member", move("callcenter.Promise", "member"))
    register("callcenter.Visit.member", move("callcenter.Visit", "member"))
