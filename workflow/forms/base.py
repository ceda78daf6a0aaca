"""Choosing colleagues in forms of approvals."""

from django import forms

from staff.models import User


class PeopleField(forms.ModelMultipleChoiceField):
    """Colleagues who work here."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(User.objects.filter(is_active=True).order_by("display_name", "username"), **kwargs)


class PersonField(forms.ModelChoiceField):
    """One colleague who works here."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(User.objects.filter(is_active=True).order_by("display_name", "username"), **kwargs)
