"""The product's settings with the addresses of `register_site`."""

from schoolsafe.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.register_site"
