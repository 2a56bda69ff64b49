"""docs/values.md says what is so: its declaration is declared, and its requests are sent."""

import json
import re
from pathlib import Path
from typing import Any

from restwell import Api, public
from tests.api import JSON, MERGE_PATCH, serving

PAGE = Path(__file__).parent.parent / "docs" / "values.md"
NAMES = """
from datetime import date
from decimal import Decimal
from typing import Annotated
from pydantic import AfterValidator, computed_field
from restwell import Field, Resource
"""


def test_the_page_on_values_is_true(database_url: str) -> None:
    page = PAGE.read_text("utf-8")
    [declaration] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(NAMES + declaration, namespace)  # noqa: S102 - the page's own
    exchanges = re.findall(r"^    ([A-Z]+) (\S+) (\{.*\})\n    (\d{3}) (\{.*\})$", page, re.MULTILINE)
    assert len(exchanges) == 5

    def register(api: Api) -> None:
        api.resource("/tasks", read=public(), write=public())(namespace["Task"])

    with serving(register, database=database_url) as served:
        for method, target, content, status, shown in exchanges:
            media_type = MERGE_PATCH if method == "PATCH" else JSON
            answer = served.send(method, target, {"Content-Type": media_type}, content.encode(), accept=JSON)
            assert (answer.status, answer.json()) == (int(status), json.loads(shown))
            assert list(answer.json()) == list(json.loads(shown))
