"""Links that act are known by what is said of them; things that are called so are no deeds."""

# ruff: noqa: E501, RUF001 - a table reads best with a line for each link

from __future__ import annotations

import pytest

from restwell_audit.acting import (
    ACTIONS,
    ALONE,
    NOUNS_TOO,
    acts_by_address,
    names_action,
    text_names_action,
    why_acts,
)
from restwell_audit.reading import Link

HOST = "http://api.example"


@pytest.mark.parametrize("name", [
    "delete", "delete_url", "deleteUrl", "DELETE_URL", "delete-url", "DeleteURL", "user-delete", "soft_delete",
    "logout", "log_out", "logOut", "signOutLink", "confirm", "unsubscribe", "cancel", "approve", "publish", "reset",
    "password-reset", "markAsRead", "removeAllThatWasMadeYesterday", "close",
])  # fmt: skip
def test_a_name_says_what_is_done(name: str) -> None:
    assert names_action(name)


@pytest.mark.parametrize("name", [
    "self", "item", "next", "edit", "search", "payment", "deleted", "deletions", "cancelled_orders", "publisher",
    "confirmation", "order", "archive_url", "post", "posts", "created", "updated_at", "resetting", "url", "process",
    "release", "sets", "canceled-by", "", "名前",
])  # fmt: skip
def test_a_name_of_a_thing_orders_nothing(name: str) -> None:
    assert not names_action(name)


@pytest.mark.parametrize("text, order", [
    ("Delete", True), ("Log out", True), ("Delete this thing", True), ("× Remove", True), ("Confirm", True),
    ("Deleting things safely", False), ("How to cancel a subscription that you no longer need", False),
    ("Cancelled orders", False), ("Orders", False),
])  # fmt: skip
def test_a_short_text_is_an_order_and_a_title_is_none(text: str, order: bool) -> None:
    assert text_names_action(text) is order


@pytest.mark.parametrize("address", [
    "/things/4/delete", "/delete/4", "/remove/4", "/things/delete?id=4", "/deleteThing?id=4", "/things/delete_all",
    "/delete.php?id=4", "/logout", "/sign-out", "/orders/4/close", "/orders/{id}/archive", "/things?action=delete",
    "/things/4?_method=DELETE", "/things?delete=1", "/things/4?delete", "/?logout", "/things?do=log_out", "/%64elete/4",
    "/confirm/abc", "/things?delete_all=1", "/things/4?_action=remove", "/cart?add-to-cart=4", "/cache/clear", "/db/drop", "/stop",
    "/end-session", "/session/end", "/things?a=delete", "/empty-trash", "/queue/pop", "/things/4:delete", "/counters/4/increment", "/things?refresh=1", "/users/3f2a9c1b/lock", "/things/4/Remove", "/unsubscribe?token=x", "/cart/add/4",
    "/index.html?action=stopall", "/index.html?action=clearlog&name=x", "/cgi?cmd=frobnicate",
])  # fmt: skip
def test_an_address_says_what_it_does(address: str) -> None:
    assert acts_by_address(HOST + address)


@pytest.mark.parametrize("address", [
    "/", "/things", "/things/4", "/posts/deleting-things", "/orders/cancelled", "/deletions/4", "/post/1",
    "/wish-list", "/things?sort=deleted", "/search?q=delete", "/things?delete=false", "/things?deleted=1",
    "/archive", "/archive/2024", "/releases/4", "/things/4/edit", "/things/new", "/closed", "/how-do-i-delete-my-own-account-here",
    "/updates/1", "/stops/4", "/stop/4", "/exit-codes", "/clearances", "/things?empty=true", "/things?remover=ada", "/weekend", "/days/end", "/runs/4/run-log", "/things?mode=list",
    "/wiki?action=history", "/wiki?action=edit", "/api?action=getThings", "/things?op=view",
])  # fmt: skip
def test_an_address_of_a_thing_does_nothing(address: str) -> None:
    assert not acts_by_address(HOST + address)


def test_what_is_called_so_where_the_reader_is_already_says_nothing_new() -> None:
    base = f"{HOST}/packages/create-react-app"
    assert not acts_by_address(f"{base}/versions/1", base)
    assert acts_by_address(f"{base}/delete", base)
    assert acts_by_address(f"{base}/versions/1")


@pytest.mark.parametrize("link, why", [
    (Link("/things/4", "delete"), "its relation"),
    (Link("/things/4", "https://rels.example/order#cancel"), "its relation"),
    (Link("/things/4", "ex:publish"), "its relation"),
    (Link("/things/4", "nofollow logout"), "its relation"),
    (Link("/things/4", "related", title="Delete"), "its text"),
    (Link("/things/4", text="Show\nDelete it"), "its text"),
    (Link("/things/4", "related", method="delete"), "its method"),
    (Link("/things/4/delete", "related"), "its address"),
    (Link("/things/create", "create-form"), ""),
    (Link("/things/4/delete", "edit-form"), "its address"),
    (Link("/things/4", "edit"), ""),
    (Link("/pay", "payment"), "its address"),
    (Link("/payments/4", "payment"), ""),
    (Link("/mirror/4", "duplicate"), ""),
    (Link("/things/4", "item", method="GET"), ""),
])  # fmt: skip
def test_a_link_acts_by_what_is_said_of_it(link: Link, why: str) -> None:
    assert why_acts(link) == why


def test_every_word_is_one_in_lower_case_and_stands_in_one_place() -> None:
    words = [word for some in ACTIONS.values() for word in some]
    assert sorted(words) == sorted(set(words))
    assert all(word.isascii() and word.islower() and word.isalpha() for word in {*words, *NOUNS_TOO})
    assert ALONE <= NOUNS_TOO
    assert NOUNS_TOO.isdisjoint(words)
