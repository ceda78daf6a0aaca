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
from campaigns.rules.kinds import Number
from campaigns.rules.registry import Cost
from campaigns.rules.sql import Clock, Sql, joined

# Members who belong nowhere: tombstones of merges, the erased, those who left.
LIVING: Final = "m.merged_into_id IS NULL AND m.erased_at IS NULL AND m.status <> 'closed'"
GONE: Final = "m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL OR m.status = 'closed'"
FIGURES: Final = {"s": "sales_memberstat s", "a": "loyalty_account a"}


@dataclass
class Compiled:
    """A rule ready to run. `parts` are the conditions of the root's own rules, in order; `where` is all of it.

    `alone` names the table of figures that answers the rule without the members themselves, if there is one: then only
    the few who are gone have to be taken away, instead of joining all who live.
    """

    joins: list[Sql] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)
    where: Sql = field(default_factory=lambda: Sql("true"))
    parts: list[Sql] = field(default_factory=list)
    scope: Sql = field(default_factory=lambda: Sql(LIVING))
    alone: str | None = None

    @property
    def source(self) -> Sql:
        """What stands after FROM where members are `m`."""
        return joined(" ", [Sql("members_member m" + self._figures("m.id")), *self.joins])

    def ids(self) -> Sql:
        """SELECT of the ids of the members for whom the rule is true."""
        return self._select(f"{self.alone}.member_id" if self.alone else "m.id AS member_id")

    def count(self) -> Sql:
        """SELECT of their number."""
        return self._select("count(*)")

    def _select(self, what: str) -> Sql:
        source, scope = self.source, self.scope
        if self.alone:
            member = f"{self.alone}.member_id"
            source = Sql(FIGURES[self.alone] + self._figures(member))
            scope = Sql(f"NOT EXISTS (SELECT FROM members_member m WHERE m.id = {member} AND ({GONE}))")
        return joined("", [source.around(f"SELECT {what} FROM ", " WHERE "), scope, self.where.around(" AND (", ")")])

    def _figures(self, member: str) -> str:
        beside = [one for one in sorted(self.beside) if f"{one}.member_id" != member]
        return "".join(f" LEFT JOIN {FIGURES[one]} ON {one}.member_id = {member}" for one in beside)


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
        if len(scope) == 1 and all(self._figure(leaf) for leaf in rule.leaves()):
            self.made.alone = min(self._certain(rule), default=None)
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

    def _figure(self, leaf: Leaf) -> str | None:
        """The table of figures a question compares a plain number of, and nothing else."""
        known = leaf.known
        if known.is_set or not isinstance(known.kind, Number):
            return None
        plain = re.fullmatch(r"([sa])\.\w+", known.expression(self.clock))
        return plain[1] if plain else None

    def _certain(self, node: Group | Leaf) -> set[str]:
        """The tables of figures a member must have a row in for this part to be true."""
        if isinstance(node, Leaf):
            return {self._figure(node) or ""} - {""} if not node.or_unknown else set()
        inside = [self._certain(one) for one in node.rules]
        if node.op == "none" or not inside:
            return set()
        return set.union(*inside) if node.op == "all" else set.intersection(*inside)

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
        self.made.beside |= {alias for alias in FIGURES if re.search(rf"\b{alias}\.", column)}


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
