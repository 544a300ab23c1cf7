from django.apps import AppConfig


class IntranetConfig(AppConfig):
    name = "tests.host"
    label = "intranet"
