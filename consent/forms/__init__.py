"""What families and the office fill in, and the sealed answer that travels between two pages."""

from consent.forms.family import (
    YES_NO,
    AnswerForm,
    NewLinkForm,
    NotMeForm,
    RecordingForm,
    WishForm,
    WithdrawForm,
)
from consent.forms.sealed import Sealed, unseal
from consent.forms.staff import CheckForm, RecordForm

__all__ = [
    "YES_NO",
    "AnswerForm",
    "CheckForm",
    "NewLinkForm",
    "NotMeForm",
    "RecordForm",
    "RecordingForm",
    "Sealed",
    "WishForm",
    "WithdrawForm",
    "unseal",
]
