"""Input of the Log of Concern."""

from concerns.forms.filing import ConcernForm
from concerns.forms.work import (
    AddForm,
    CallForm,
    CloseForm,
    DecideForm,
    NameForm,
    ReopenForm,
    SettleForm,
)

__all__ = [
    "AddForm",
    "CallForm",
    "CloseForm",
    "ConcernForm",
    "DecideForm",
    "NameForm",
    "ReopenForm",
    "SettleForm",
]
