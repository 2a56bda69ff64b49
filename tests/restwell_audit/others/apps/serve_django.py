# mypy: ignore-errors
# Its packages are in an environment of their own.
"""Serve one of the Django projects here, as `manage.py` would: python serve_django.py drf_plain 8001.

The database is a new file in the working directory, with three snippets of the user `owner` (password `owner`).
"""

import os
import sys

import django
from django.core.management import call_command


def main(project: str, port: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    fill()
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)


def fill() -> None:
    # They can be imported only once Django is set up.
    from django.contrib.auth.models import User
    from snippets.models import Snippet

    owner = User.objects.create_user("owner", password="owner")
    for code in ('foo = "bar"\n', 'print("hello, world")\n', "import this\n"):
        Snippet.objects.create(owner=owner, code=code)


if __name__ == "__main__":
    main(*sys.argv[1:])
