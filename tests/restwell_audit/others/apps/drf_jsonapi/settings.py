# mypy: ignore-errors
# Its packages are in an environment of their own.
from django_settings import *  # noqa: F403 -- as Django's settings are made from others
from django_settings import INSTALLED_APPS

INSTALLED_APPS = ["rest_framework_json_api", *INSTALLED_APPS]
ROOT_URLCONF = "drf_jsonapi.urls"
# As the documentation of Django REST framework JSON:API asks for.
REST_FRAMEWORK = {
    "PAGE_SIZE": 10,
    "EXCEPTION_HANDLER": "rest_framework_json_api.exceptions.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "rest_framework_json_api.pagination.JsonApiPageNumberPagination",
    "DEFAULT_PARSER_CLASSES": ("rest_framework_json_api.parsers.JSONParser",),
    "DEFAULT_RENDERER_CLASSES": (
        "rest_framework_json_api.renderers.JSONRenderer",
        "rest_framework_json_api.renderers.BrowsableAPIRenderer",
    ),
    "DEFAULT_METADATA_CLASS": "rest_framework_json_api.metadata.JSONAPIMetadata",
    "DEFAULT_FILTER_BACKENDS": (
        "rest_framework_json_api.filters.QueryParameterValidationFilter",
        "rest_framework_json_api.filters.OrderingFilter",
    ),
}
