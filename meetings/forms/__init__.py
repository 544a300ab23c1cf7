"""What people type about a call."""

from meetings.forms.attendance import NOBODY, NameForm, ReportForm
from meetings.forms.closing import ClosingForm, SettleForm
from meetings.forms.copying import Copy, copy_of
from meetings.forms.family import AddressForm
from meetings.forms.invitation import InvitationForm, Reading, TakeForm, unseal
from meetings.forms.leak import LeakForm
from meetings.forms.plan import PlanForm
from meetings.forms.revision import RevisionForm, showing
from meetings.forms.run import (
    CHECK_LABELS,
    ChecklistForm,
    CoverForm,
    LinkForm,
    NameInTeamsForm,
    PostedForm,
    PressForm,
    RemovalForm,
    ReturnForm,
    UnknownNameForm,
)
from meetings.forms.series import ScopeForm, SeriesForm
from meetings.forms.usual import recent_calls, usual_titles

__all__ = [
    "AddressForm",
    "CHECK_LABELS",
    "ChecklistForm",
    "ClosingForm",
    "Copy",
    "CoverForm",
    "NameInTeamsForm",
    "PressForm",
    "InvitationForm",
    "LeakForm",
    "LinkForm",
    "NOBODY",
    "NameForm",
    "PlanForm",
    "PostedForm",
    "Reading",
    "RemovalForm",
    "ReportForm",
    "ReturnForm",
    "RevisionForm",
    "ScopeForm",
    "SeriesForm",
    "SettleForm",
    "TakeForm",
    "UnknownNameForm",
    "copy_of",
    "recent_calls",
    "showing",
    "unseal",
    "usual_titles",
]
