"""Addresses of the Log of Concern; a reference is random and says nothing.

A row that hangs on a concern stands here by a code (`<entry:pk>`), never by its number: gaps tell (E8).
"""

from django.urls import path

from concerns.views import (
    acting,
    acts,
    attachments,
    copies,
    drafts,
    emergency,
    filing,
    flags,
    lending,
    naming,
    own,
    pupils,
    registers,
    report,
    requests,
    retention,
    searching,
    simulation,
    transfers,
    work,
)

app_name = "concerns"
# What the address of an act names beside the concern.
PLACES = {
    "": "",
    "entry": "entries/<entry:pk>/",
    "task": "tasks/<task:pk>/",
    "pupil": "people/<person:pk>/",
    "link": "links/<link:pk>/",
}
urlpatterns = [
    path("", work.queue, name="list"),
    path("log/", filing.log, name="log"),
    path("log/pupils/", filing.pupils, name="pupils"),
    path("search/", searching.search, name="search"),
    path("statuses/", flags.statuses, name="statuses"),
    path("statuses/<status:pk>/end/", flags.end_status, name="end_status"),
    path("pupils/<row:pk>/status/", flags.set_status, name="set_status"),
    path("log/keep/", drafts.keep, name="keep"),
    path("log/<uuid:key>/", filing.draft, name="draft"),
    path("log/<uuid:key>/throw-away/", drafts.throw_away, name="throw_away"),
    path("register/", registers.register, name="register"),
    path("report/", report.report, name="report"),
    path("report/inspection/", report.inspection, name="inspection"),
    path("mine/", own.mine, name="mine"),
    path("pupils/<row:pk>/", pupils.chronology, name="chronology"),
    path("tasks/", work.tasks, name="tasks"),
    path("ladder/", simulation.simulator, name="simulator"),
    path("emergency/", emergency.emergency, name="emergency"),
    path("openings/", emergency.openings, name="openings"),
    path("openings/<opening:pk>/", emergency.review, name="review"),
    path("pupils/<row:pk>/holds/", retention.pupil_holds, name="pupil_holds"),
    path("retention/", retention.due, name="retention"),
    path("retention/agree/", retention.agree, name="agree"),
    path("retention/holds/<hold:pk>/lift/", retention.lift_pupil, name="lift_pupil"),
    path("retention/certificates/", retention.certificates, name="certificates"),
    path("retention/certificates/<slug:reference>/", retention.certificate, name="certificate"),
    path("pupils/<row:pk>/copy/", copies.copy, name="copy"),
    path("leaving/<slug:reference>/", transfers.transfer, name="transfer"),
    path("leaving/<slug:reference>/<slug:act>/", transfers.transfer_act, name="transfer_act"),
    path("access/", requests.requests, name="requests"),
    path("access/note/", requests.find_asked, name="find_asked"),
    path("pupils/<row:pk>/access/", requests.note_access, name="note_access"),
    path("access/<slug:reference>/", requests.access, name="access"),
    path("access/<slug:reference>/release/", requests.access_release, name="access_release"),
    path(
        "access/<slug:reference>/texts/<slug:concern>/", requests.access_texts, name="access_texts"
    ),
    path("access/<slug:reference>/<slug:act>/", requests.access_act, name="access_act"),
    path("<slug:reference>/", work.detail, name="detail"),
    path("<slug:reference>/received/", own.received, name="received"),
    path("<slug:reference>/acknowledge/", work.acknowledge, name="acknowledge"),
    path("<slug:reference>/add/", work.add, name="add"),
    path("<slug:reference>/call/", work.call, name="call"),
    path("<slug:reference>/decide/", work.decide, name="decide"),
    path("<slug:reference>/close/", work.close, name="close"),
    path("<slug:reference>/reopen/", work.reopen, name="reopen"),
    path("<slug:reference>/lend/", lending.lend, name="lend"),
    path("<slug:reference>/lend/<share:pk>/take-back/", lending.take_back, name="take_back"),
    path("<slug:reference>/shared/", lending.shared, name="shared"),
    path("<slug:reference>/opened/", emergency.opened, name="opened"),
    path("<slug:reference>/name-subject/", naming.name_subject, name="name_subject"),
    path("<slug:reference>/attach/", attachments.attach, name="attach"),
    path("<slug:reference>/picture/", attachments.picture, name="picture"),
    path("<slug:reference>/files/<slug:code>/", attachments.file, name="file"),
    path("<slug:reference>/files/<slug:code>/open/", attachments.open_file, name="open_file"),
    path("<slug:reference>/files/<slug:code>/seal/", attachments.seal, name="seal"),
    path("<slug:reference>/files/<slug:code>/remove/", attachments.remove, name="remove"),
    path("<slug:reference>/files/<slug:code>/settle/", attachments.settle, name="settle_removal"),
    path("<slug:reference>/people/<person:pk>/settle/", naming.settle, name="settle"),
    *(
        path(
            f"<slug:reference>/{PLACES[act.row]}{name.replace('_', '-')}/",
            acting.page(name),
            name=name,
        )
        for name, act in acts.ACTS.items()
    ),
    path("<slug:reference>/people/<person:pk>/born/", retention.born, name="born"),
    path("<slug:reference>/hold/", retention.hold, name="hold"),
    path("<slug:reference>/holds/<hold:pk>/lift/", retention.lift, name="lift"),
    path("<slug:reference>/keep/", retention.keep, name="keep"),
    path("<slug:reference>/end-proposal/", retention.end_proposal, name="end_proposal"),
]
