"""An import of members and an identity paper, for tests that open every page."""

from members.models import Member
from members.services.identities import record_identity
from members.tests.importing import as_csv, checked
from staff.models import User


def import_objects(person: User, member: Member) -> dict[str, object]:
    """By the beginning of the name of the page: the object it is about."""
    batch = checked(as_csv(["姓名", "手机"], [["张三丰", "13812340001"]]), actor=person)
    paper = record_identity(member_id=member.pk, number="370202198508062346", actor=person)
    return {"members:import_": batch, "members:identity_forget": paper, "members:identity_record": member}
