"""What the service desk does when members become one."""

from members.services.merging import move, register


def register_policies() -> None:
    """Calls go with the member who lives on."""
    register("callcenter.Call.member", move("callcenter.Call", "member"))
