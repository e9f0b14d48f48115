"""The description of the API: whole, and in a form that type generators understand."""

from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic

from server.app import create_app
from server.edge.endpoint import DESCRIPTION
from server.edge.openapi import describe
from server.edge.request import App
from server.settings import load_settings

NOT_DESCRIBED = ("page_", "file_", "openapi")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    """The real app, not started."""
    Sanic.test_mode = True
    folder: Path = tmp_path_factory.mktemp("app")
    return create_app(load_settings({"CLAUDE_RASP_DATA": str(folder)}, folder))


@pytest.fixture(scope="module")
def document(app: App) -> dict[str, Any]:
    """Its description."""
    return describe(app)


def references(node: object) -> set[str]:
    """Every `$ref` in a part of the document."""
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_every_mounted_address_is_described(app: App, document: dict[str, Any]) -> None:
    """No handler is reachable that the document does not tell of; the socket is told in prose."""
    for route in app.router.routes:
        name = str(route.name).removeprefix("claude-rasp.")
        if name.startswith(NOT_DESCRIBED) or route.extra.websocket:
            continue
        assert hasattr(route.handler, DESCRIPTION), f"{name} is not described"
    described = sum(len(methods) for methods in document["paths"].values())
    mounted = sum(len(r.methods) for r in app.router.routes if hasattr(r.handler, DESCRIPTION))
    assert described == mounted > 0
    assert "/api/v1/chat" in document["info"]["description"]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    """A generated client has one function per operation."""
    names = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """The document is whole in itself."""
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    """Each operation tells its refusals with their codes, and that of a foreign host."""
    for methods in document["paths"].values():
        for operation in methods.values():
            assert "`wrong_host`" in operation["responses"]["421"]["description"]
            for status, response in operation["responses"].items():
                if int(status) >= 400 and status != "503":
                    assert list(response["content"]) == ["application/problem+json"]


def test_path_parts_are_declared(document: dict[str, Any]) -> None:
    """Each placeholder of an address is a parameter with its form."""
    for address, methods in document["paths"].items():
        for operation in methods.values():
            declared = [each for each in operation["parameters"] if each["in"] == "path"]
            assert {f"{{{each['name']}}}" for each in declared} == {
                part for part in address.split("/") if part.startswith("{")
            }
            forms = {each["name"]: each["schema"].get("format") for each in declared}
            assert all(form == "uuid" for name, form in forms.items() if name != "model")


@pytest.mark.parametrize(
    ("union", "members"),
    [
        ("ClientFrame", {"Send", "Retry", "Stop", "Resume", "Approve", "Ping"}),
        ("ServerFrame", {"Welcome", "Refused", "MessageChanged", "TextDelta", "TurnFailed"}),
        ("TurnEvent", {"TurnWaiting", "TextDelta", "TurnFinished", "TurnFailed"}),
    ],
)
def test_frames_and_events_are_components(
    document: dict[str, Any], union: str, members: set[str]
) -> None:
    """Each kind is a schema of its own whose `kind` is required and fixed, so that types narrow."""
    schemas = document["components"]["schemas"]
    found = {reference.rpartition("/")[2] for reference in references(schemas[union])}
    assert members <= found
    for name in found:
        assert "kind" in schemas[name]["required"]
        assert "const" in schemas[name]["properties"]["kind"]


def test_what_may_be_absent_has_no_default(document: dict[str, Any]) -> None:
    """Generators read a default as "always there"; answers hold every field instead."""
    schemas = document["components"]["schemas"]
    assert "parent" not in schemas["Send"]["required"]
    assert "default" not in schemas["Send"]["properties"]["parent"]
    assert "cost_nano_eur" in schemas["Usage"]["required"]
