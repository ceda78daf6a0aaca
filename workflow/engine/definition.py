"""A flow's definition: a tree of nodes as JSON, and the way through it.

    {"nodes": [
      {"key": "n1", "kind": "approve", "name": "部门主管", "name_en": "Head of department",
       "approvers": [{"by": "dept_head", "level": 1}], "mode": "all", "on_reject": "end"},
      {"key": "n2", "kind": "branch", "branches": [
          {"name": "5 万元以上", "when": {"all": [{"fact": "amount", "op": "gte", "value": "50000"}]}, "nodes": [...]}],
       "otherwise": []},
      {"key": "n3", "kind": "parallel", "branches": [{"name": "财务", "nodes": [...]}, {"name": "法务", "nodes": [...]}]},
      {"key": "n4", "kind": "copy", "people": [{"by": "role", "role": "ceo"}]},
      {"key": "n5", "kind": "end"}]}

What a node leaves out has the default of `DEFAULTS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KINDS = ("approve", "copy", "branch", "parallel", "end")
ADMINISTRATOR = "administrator"
"""The node that is entered when a request that moves money would pass without anybody's word."""

DEFAULTS: dict[str, Any] = {
    "name": "",
    "name_en": "",
    "approvers": [],
    "people": [],
    "mode": "all",
    "ratio": 51,
    "wait_for_all": False,
    "on_reject": "end",
    "initiator": "supervisor",
    "empty": "administrator",
    "skip_consecutive": True,
    "due_hours": None,
    "reminders": 1,
    "remind_every": 4,
    "on_due": "escalate",
    "auto_limit": None,
}


@dataclass(frozen=True)
class Place:
    """Where a node stands: the list it is in, its position, and the node and branch that hold the list."""

    siblings: tuple[str, ...]
    index: int
    parent: str | None
    branch: int | None


class Definition:
    """A definition with every node and its place at hand."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.nodes: dict[str, dict[str, Any]] = {}
        self.places: dict[str, Place] = {}
        self._index(data.get("nodes", []), None, None)
        self.nodes[ADMINISTRATOR] = {
            "key": ADMINISTRATOR,
            "kind": "approve",
            "approvers": [{"by": "administrator"}],
            "mode": "any",
        }
        self.places[ADMINISTRATOR] = Place((ADMINISTRATOR,), 0, None, None)

    def _index(self, nodes: list[dict[str, Any]], parent: str | None, branch: int | None) -> None:
        keys = tuple(node["key"] for node in nodes)
        for index, node in enumerate(nodes):
            self.nodes[node["key"]] = node
            self.places[node["key"]] = Place(keys, index, parent, branch)
            for number, inner in enumerate(branches_of(node)):
                self._index(inner, node["key"], number)

    def get(self, key: str, name: str) -> Any:
        """A setting of a node, or its default."""
        return self.nodes[key].get(name, DEFAULTS.get(name))

    def first(self) -> str | None:
        nodes = self.data.get("nodes", [])
        return nodes[0]["key"] if nodes else None

    def next_of(self, key: str) -> str | None:
        """The node after this one in the same list."""
        place = self.places[key]
        after = place.index + 1
        return place.siblings[after] if after < len(place.siblings) else None

    def around(self, key: str) -> list[tuple[str, int]]:
        """The parallel branches a node stands in, the outermost first: pairs of node and branch."""
        found: list[tuple[str, int]] = []
        place = self.places[key]
        while place.parent is not None:
            if self.nodes[place.parent]["kind"] == "parallel":
                found.append((place.parent, place.branch))
            place = self.places[place.parent]
        return found[::-1]

    def within(self, key: str, branch: tuple[str, int] | None) -> bool:
        """Whether a node lies in a parallel branch (None: in the flow at all)."""
        return branch is None or branch in self.around(key)

    def approvals(self) -> list[str]:
        """The keys of all approve nodes, in reading order."""
        return [node["key"] for node in walk(self.data.get("nodes", [])) if node["kind"] == "approve"]


def branches_of(node: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The lists of nodes a node holds; for a branch the default ("otherwise") is the last one."""
    if node["kind"] == "branch":
        return [branch.get("nodes", []) for branch in node.get("branches", [])] + [node.get("otherwise", [])]
    if node["kind"] == "parallel":
        return [branch.get("nodes", []) for branch in node.get("branches", [])]
    return []


def walk(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every node of a tree, in reading order."""
    for node in nodes:
        yield node
        for inner in branches_of(node):
            yield from walk(inner)
