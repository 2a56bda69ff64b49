# mypy: ignore-errors
# Its packages are in an environment of their own.
from django_settings import *  # noqa: F403 -- as Django's settings are made from others

ROOT_URLCONF = "drf_hyperlinked.urls"
REST_FRAMEWORK = {"DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination", "PAGE_SIZE": 10}
