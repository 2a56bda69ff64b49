from __future__ import annotations

import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.shells import is_shell

SCRIPT = '<script type="module" src="/assets/index.js"></script>'
SHELLS = {
    "vite": f'<!doctype html><html><head><title>App</title>{SCRIPT}<link rel="stylesheet" href="/a.css"></head>'
    '<body><div id="root"></div></body></html>',
    "create-react-app": f"<noscript>You need to enable JavaScript.</noscript><div id=root></div>{SCRIPT}",
    "angular": f"<body><app-root>Loading...</app-root>{SCRIPT}</body>",
    "swagger": '<div id="swagger-ui"></div><script>SwaggerUIBundle({url: "/openapi.json", a: "<a href=x>"})</script>',
    "with state": f"<div id=app></div><script>window.state = '<form>{'text ' * 100}'</script>",
    "styles and comments": f"<!-- {'a' * 500} <a href=x> --><STYLE>{'b ' * 500}</STYLE><div></div>{SCRIPT}",
    "an end that is missing": "<div id=root></div><script>",
}  # fmt: skip
PAGES = {
    "a text": f"<p>Oops, there is no such page.</p>{SCRIPT}", "much text": f"<p>{'Loading ' * 50}</p>{SCRIPT}",
    "a link": f'<a class="x" href="/things">Things</a>{SCRIPT}',
    "a form": f"<form action=/search><input name=q></form>{SCRIPT}", "no script": "<div id=root></div>",
    "nothing": "",
}  # fmt: skip


def page(text: str, status: int = 200, media_type: str = "text/html; charset=utf-8") -> Exchange:
    return Exchange(
        1, "GET", "http://a.example/", status=status, headers=(("Content-Type", media_type),), body=text.encode()
    )


@pytest.mark.parametrize("name", SHELLS)
def test_a_page_with_a_script_and_nothing_to_read_is_a_shell(name: str) -> None:
    assert is_shell(page(SHELLS[name]))
    assert not is_shell(page(SHELLS[name], 404))
    assert not is_shell(page(SHELLS[name], media_type="application/json"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_with_something_on_it_is_none(name: str) -> None:
    assert not is_shell(page(PAGES[name]))
