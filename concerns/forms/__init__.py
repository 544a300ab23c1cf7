"""Input of the Log of Concern."""

from concerns.forms.attachments import (
    AttachForm,
    PictureForm,
    RemoveForm,
    SealForm,
    choose_again,
)
from concerns.forms.chronology import ChronologyForm
from concerns.forms.copies import CopyForm
from concerns.forms.drafts import is_blank, pack, unpack
from concerns.forms.filing import ConcernForm
from concerns.forms.flags import EndStatusForm, SetStatusForm
from concerns.forms.lending import EmergencyForm, ReviewForm, ShareForm
from concerns.forms.requests import (
    AdviceForm,
    AskIdentityForm,
    ChildForm,
    DisclosureForm,
    EndForm,
    ExtendForm,
    FlagForm,
    NoteForm,
    ReleaseForm,
    RequestForm,
    RightForm,
)
from concerns.forms.retention import (
    AgreeForm,
    BirthForm,
    HoldForm,
    KeepForm,
    LiftForm,
    ProposeForm,
)
from concerns.forms.searching import SearchForm
from concerns.forms.simulation import SimulationForm
from concerns.forms.transfers import (
    AheadForm,
    AuthorityForm,
    ChaseForm,
    ReceiptForm,
    SendForm,
    WhitherForm,
)
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
    "AdviceForm",
    "AskIdentityForm",
    "ChildForm",
    "DisclosureForm",
    "EndForm",
    "ExtendForm",
    "FlagForm",
    "NoteForm",
    "ReleaseForm",
    "RequestForm",
    "RightForm",
    "AddForm",
    "AgreeForm",
    "AheadForm",
    "AttachForm",
    "AuthorityForm",
    "BirthForm",
    "CallForm",
    "ChaseForm",
    "ChronologyForm",
    "CloseForm",
    "ConcernForm",
    "CopyForm",
    "DecideForm",
    "EmergencyForm",
    "EndStatusForm",
    "HoldForm",
    "KeepForm",
    "LiftForm",
    "NameForm",
    "PictureForm",
    "ProposeForm",
    "ReceiptForm",
    "RemoveForm",
    "ReopenForm",
    "ReviewForm",
    "SealForm",
    "SearchForm",
    "SendForm",
    "SetStatusForm",
    "SettleForm",
    "ShareForm",
    "SimulationForm",
    "WhitherForm",
    "choose_again",
    "is_blank",
    "pack",
    "unpack",
]
