"""A rule as one SQL statement: registered expressions and bound parameters, nothing else.

Members are `m`. A question about a column is a condition; a question about what happened is a subquery of member ids,
grouped once for everybody and joined to `m` by its id, never asked member by member. Postgres turns such a join into a
semi-join where the answer must be yes, and into an anti-join where it must be no.

Truth has two values here: NULL counts as "no". Inside `all` and `any` SQL's own NULL does that; under `none`, and
wherever the contrary is asked, the condition is wrapped in `coalesce(…, false)`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from campaigns.rules.document import Group, Leaf
from campaigns.rules.registry import Cost
from campaigns.rules.sql import Clock, Sql, joined

# Members who belong nowhere: tombstones of merges, the erased, those who left.
LIVING: Final = "m.merged_into_id IS NULL AND m.erased_at IS NULL AND m.status <> 'closed'"
BESIDE: Final = {
    "s": "LEFT JOIN sales_memberstat s ON s.member_id = m.id",
    "a": "LEFT JOIN loyalty_account a ON a.member_id = m.id",
}


@dataclass
class Compiled:
    """A rule ready to run. `parts` are the conditions of the root's own rules, in order; `where` is all of it."""

    joins: list[Sql] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)
    where: Sql = field(default_factory=lambda: Sql("true"))
    parts: list[Sql] = field(default_factory=list)
    scope: Sql = field(default_factory=lambda: Sql(LIVING))

    @property
    def source(self) -> Sql:
        """What stands after FROM."""
        beside = "".join(f" {BESIDE[alias]}" for alias in sorted(self.beside))
        return joined(" ", [Sql(f"members_member m{beside}"), *self.joins])

    def ids(self) -> Sql:
        """SELECT of the ids of the members for whom the rule is true."""
        return joined(
            "", [self.source.around("SELECT m.id AS member_id FROM ", " WHERE "), self.scope, self.where.around(" AND (", ")")]
        )  # fmt: skip

    def count(self) -> Sql:
        """SELECT of their number."""
        return joined(
            "", [self.source.around("SELECT count(*) FROM ", " WHERE "), self.scope, self.where.around(" AND (", ")")]
        )


@dataclass
class Compiler:
    """Compiles rules for a day; `only` asks about these members alone, each subquery included."""

    clock: Clock
    only: Sequence[int] | None = None
    made: Compiled = field(default_factory=Compiled)

    def rule(self, rule: Group, *, store_id: int | None = None) -> Compiled:
        """The whole rule, for the members of one home store or of the chain."""
        scope = [Sql(LIVING)]
        if store_id is not None:
            scope.append(Sql("m.home_store_id = %s", [store_id]))
        if self.only is not None:
            scope.append(Sql("m.id = ANY(%s)", [list(self.only)]))
        self.made.scope = joined(" AND ", scope)
        self.made.parts = [self.node(one) for one in rule.rules]
        self.made.where = self._together(rule.op, self.made.parts) if rule.rules else Sql("true")
        return self.made

    def node(self, node: Group | Leaf) -> Sql:
        """The condition of a part of a rule."""
        if isinstance(node, Leaf):
            return self._leaf(node)
        return self._together(node.op, [self.node(one) for one in node.rules])

    def _together(self, op: str, parts: Sequence[Sql]) -> Sql:
        wrapped = [part.around("(", ")") for part in parts]
        if op == "none":
            return joined(" OR ", wrapped).around("NOT coalesce(", ", false)")
        return joined(" AND " if op == "all" else " OR ", wrapped)

    def _leaf(self, leaf: Leaf) -> Sql:
        known = leaf.known
        if known.is_set:
            return self._set(leaf)
        column = known.expression(self.clock)
        condition = known.kind.condition(leaf.test, leaf.value, column, self.clock)
        self._needs(column)
        if leaf.or_unknown:
            return condition.around("(", f") OR ({column}) IS NULL")
        return condition

    def _set(self, leaf: Leaf) -> Sql:
        known = leaf.known
        asked = known.kind.opposite.get(leaf.test, leaf.test)
        is_contrary = asked != leaf.test
        inside = self.joined_set(known.members(asked, leaf.value, self.clock))
        answer = Sql(f"{inside} IS {'' if is_contrary else 'NOT '}NULL")
        if not leaf.or_unknown or is_contrary or known.unknown_counts is None:
            return answer
        anything = known.unknown_counts(asked, leaf.value, self.clock)
        if anything is None:
            return answer
        return Sql(f"({answer.text} OR {self.joined_set(anything)} IS NULL)")

    def joined_set(self, members: Sql) -> str:
        """Join a subquery of member ids; returns the column that is NULL for everybody outside it."""
        alias = f"q{len(self.made.joins) + 1}"
        narrowed = Sql(" WHERE x.member_id = ANY(%s)", [list(self.only)]) if self.only is not None else Sql("")
        inner = joined("", [members.around("SELECT DISTINCT x.member_id FROM (", ") x"), narrowed])
        self.made.joins.append(inner.around("LEFT JOIN (", f") {alias} ON {alias}.member_id = m.id"))
        return f"{alias}.member_id"

    def _needs(self, column: str) -> None:
        self.made.beside |= {alias for alias in BESIDE if re.search(rf"\b{alias}\.", column)}


def compile_rule(
    rule: Group, *, clock: Clock, store_id: int | None = None, only: Sequence[int] | None = None
) -> Compiled:
    """A rule as SQL for a business day."""
    return Compiler(clock, only).rule(rule, store_id=store_id)


def cost_of(rule: Group) -> Cost:
    """The most expensive question of a rule."""
    return max((leaf.known.cost for leaf in rule.leaves()), default=Cost.STORED)


def segments_in(rule: Group) -> set[int]:
    """The segments a rule refers to."""
    return {int(value) for leaf in rule.leaves() if leaf.field == "segment.member" for value in leaf.value}


def run(cursor: Any, sql: Sql) -> Any:
    """Execute; the cursor comes back."""
    cursor.execute(sql.text, sql.params)
    return cursor
