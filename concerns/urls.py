"""Addresses of the Log of Concern; a reference is random and says nothing."""

from django.urls import path

from concerns.views import filing, naming, work

app_name = "concerns"
urlpatterns = [
    path("", work.queue, name="list"),
    path("log/", filing.log, name="log"),
    path("log/pupils/", filing.pupils, name="pupils"),
    path("mine/", filing.mine, name="mine"),
    path("<slug:reference>/", work.detail, name="detail"),
    path("<slug:reference>/received/", filing.received, name="received"),
    path("<slug:reference>/acknowledge/", work.acknowledge, name="acknowledge"),
    path("<slug:reference>/add/", work.add, name="add"),
    path("<slug:reference>/call/", work.call, name="call"),
    path("<slug:reference>/decide/", work.decide, name="decide"),
    path("<slug:reference>/close/", work.close, name="close"),
    path("<slug:reference>/reopen/", work.reopen, name="reopen"),
    path("<slug:reference>/name-subject/", naming.name_subject, name="name_subject"),
    path("<slug:reference>/people/<row:pk>/settle/", naming.settle, name="settle"),
]
