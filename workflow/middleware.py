"""A submission that wants people named is answered with the question, whatever view it came through."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workflow.exceptions import ChoiceNeeded
from workflow.forms.choosing import PREFIX, ChooseForm, choices_in
from workflow.services.choosing import people_chosen

NOT_REPEATED = {"csrfmiddlewaretoken"}


class ChoiceMiddleware:
    """Puts the people chosen beside the submission, and asks back where some are wanted. The answer repeats the
    submission to the same address; files are not repeated, they have to be attached afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Machines have no session; what they send is read by the API alone, after it has asked for their token.
        if request.method != "POST" or not request.user.is_authenticated:
            return self.get_response(request)
        with people_chosen(choices_in(request.POST)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ChoiceNeeded):
            return None
        repeated = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in NOT_REPEATED and not name.startswith(PREFIX)
            for value in values
        ]
        form = ChooseForm(exception.needs, request.POST if choices_in(request.POST) else None)
        context = {"form": form, "kind": exception.kind, "repeated": repeated, "back": request.path}
        return render(request, "workflow/request_choose.html", context, status=422)
