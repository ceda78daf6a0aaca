"""What members are asked to agree to, word for word: the sentence shown is kept as evidence with the answer."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from .models import Consent

# Goes up with every change of the words.
VERSION: Final = "2026-11"
SENTENCES: Final = {
    Consent.Channel.SMS.value: _("You may send me offers by SMS. I can take this back at any time."),
    Consent.Channel.PHONE.value: _("You may call me about offers. I can take this back at any time."),
    Consent.Channel.EMAIL.value: _("You may send me offers by e-mail. I can take this back at any time."),
    Consent.Channel.WECHAT.value: _("You may send me offers on WeChat. I can take this back at any time."),
    Consent.Channel.POST.value: _("You may send me offers by post. I can take this back at any time."),
}
TERMS: Final = _("I have read the privacy notice, and agree that my data is used to keep my membership.")


def evidence_of(channel: str) -> str:
    """The sentence as the person read it, in the language of the page, with its version."""
    return f"{VERSION}: {SENTENCES[channel]}"[:300]
