"""Maximum cost of a condition for any event, computed when the policy is read.

The engine limits only the turns of loops, and an evaluation cannot be interrupted. So the cost is
bounded in advance: from the largest values that an event may have follow the size of each
intermediate value, the number of evaluations of each part, and the amount of data that it reads.
Functions without a cost rule are refused.

Costs are in units of about 25 nanoseconds on a machine of 2025, for the worst event;
`benchmarks/condition_cost.py` measures conditions at the limit. Sizes are added up over all
evaluations of a part, so a loop over a list costs the list's total size, not its length times its
longest element.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from countersign.policy.document.mistakes import shown
from countersign.policy.filters.cel.extents import (
    SCALAR,
    Bound,
    Evaluations,
    Extent,
    TooCostly,
    Value,
    capped,
    part_of,
    steady,
)
from countersign.policy.filters.cel.function_costs import FUNCTION_COSTS, ITEM_COPIED, NUMBER
from countersign.policy.filters.cel.syntax import (
    Call,
    Constant,
    Field,
    ListOf,
    Loop,
    MapOf,
    Name,
    Node,
)

MAX_COST: Final = 1_000_000
"""Maximum cost of one condition for one event."""
MAX_POLICY_COST: Final = 10 * MAX_COST
"""Maximum cost of all conditions of a policy together for one event."""

_PART: Final = 2.0
_TURN: Final = 4.0


_Scope = Mapping[str, Bound]
_NO_SCOPE: Final[_Scope] = MappingProxyType({})
_ONCE: Final = Evaluations(1, 1)


def cost_of(condition: Node, variables: Mapping[str, Extent]) -> float:
    """Return the maximum cost of `condition` for one event, up to `MAX_COST`.

    Args:
        condition: its syntax tree.
        variables: maximum size of each variable's value.

    Raises:
        TooCostly: it may cost more, or its cost cannot be bounded; the message suggests a change.
    """
    costs = _Costs(variables)
    costs.value(condition, _ONCE, _NO_SCOPE)
    if costs.total > MAX_COST:
        worst, (_, hint) = max(costs.parts.items(), key=lambda part: part[1][0])
        times = max(costs.total / MAX_COST, 1.1)
        raise TooCostly(
            f"it may cost {times:,.1f} times what a condition may for one event, most of it here; "
            f"{hint}",
            worst,
        )
    return costs.total


class _Costs:
    """Sum of the costs of a condition's parts."""

    def __init__(self, variables: Mapping[str, Extent]) -> None:
        self._variables = variables
        self.total = 0.0
        self.parts: dict[int, tuple[float, str]] = {}

    def value(self, node: Node, evaluations: Evaluations, scope: _Scope) -> Value:
        """Return a part's value, and add its cost."""
        self._add(_PART * evaluations.times, node, "write less in one condition, and less in loops")
        match node:
            case Constant():
                return steady(Extent(chars=len(node.text or "")), evaluations)
            case Name():
                return self._named(node, evaluations, scope)
            case Field():
                value = self.value(node.operand, evaluations, scope)
                return steady(NUMBER, evaluations) if node.is_test else part_of(value, evaluations)
            case ListOf():
                return self._listed(node.elements, 1, node, evaluations, scope)
            case MapOf():
                return self._listed(node.entries, 2, node, evaluations, scope)
            case Loop():
                return self._loop(node, evaluations, scope)
            case Call():
                return self._call(node, evaluations, scope)
        raise TooCostly("the cost of this expression cannot be bounded", node.offset)

    def _add(self, cost: float, node: Node, hint: str) -> None:
        self.total += cost
        before, previous_hint = self.parts.get(node.offset, (0.0, hint))
        self.parts[node.offset] = (before + cost, hint if cost >= before else previous_hint)

    def _named(self, node: Name, evaluations: Evaluations, scope: _Scope) -> Value:
        bound = scope.get(node.name)
        if bound is not None:
            again = evaluations.turns / bound.evaluations.turns if bound.evaluations.turns else 0
            return capped(
                bound.value.most, bound.value.chars * again, bound.value.items * again, evaluations
            )
        extent = SCALAR if node.name in _TYPES else self._variables.get(node.name)
        if extent is None:
            raise TooCostly(f"{node.name} is not a variable of conditions", node.offset)
        return steady(extent, evaluations)

    def _listed(
        self,
        nodes: tuple[Node, ...],
        step: int,
        node: Node,
        evaluations: Evaluations,
        scope: _Scope,
    ) -> Value:
        values = [self.value(each, evaluations, scope) for each in nodes]
        element = SCALAR
        for value in values:
            element = element.joined(value.most)
        most = Extent(
            chars=sum(value.most.chars for value in values),
            items=sum(value.most.items for value in values) + len(values),
            length=len(values) / step,
            element=element,
        )
        result = capped(
            most,
            sum(value.chars for value in values),
            sum(value.items for value in values) + len(values) * evaluations.times,
            evaluations,
        )
        self._add(result.items * ITEM_COPIED, node, "make smaller lists")
        return result

    def _loop(self, loop: Loop, evaluations: Evaluations, scope: _Scope) -> Value:
        over = self.value(loop.of, evaluations, scope)
        self.value(loop.start, evaluations, scope)
        per_turn = evaluations.in_loop(over.most.length)
        self._add(
            _TURN * per_turn.times, loop, "loop over less: a list of the event within one loop"
        )
        element = capped(over.most.part, over.chars, over.items, per_turn)
        inner = {**scope, loop.variable: Bound(element, per_turn)}
        appended = _appended(loop)
        if appended is None:
            result = self._folded(loop, per_turn, inner)
        else:
            result = self._gathered(appended, loop, over.most.length, per_turn, inner)
        inner[loop.accumulator] = Bound(steady(result, evaluations), evaluations)
        return self.value(loop.result, evaluations, inner)

    def _folded(self, loop: Loop, evaluations: Evaluations, scope: dict[str, Bound]) -> Extent:
        """Return the extent of the result of `all`, `exists` or `exists_one`: one value."""
        scope[loop.accumulator] = Bound(steady(SCALAR, evaluations), evaluations)
        self.value(loop.goes_on, evaluations, scope)
        gathered = self.value(loop.step, evaluations, scope).most
        if gathered.length or gathered.chars:
            raise TooCostly("the cost of this loop cannot be bounded", loop.offset)
        return SCALAR

    def _gathered(
        self,
        appended: ListOf,
        loop: Loop,
        turns: float,
        evaluations: Evaluations,
        scope: dict[str, Bound],
    ) -> Extent:
        """Return the extent of the list that `map` or `filter` makes.

        The engine copies the list in each turn.
        """
        if isinstance(loop.step, Call) and loop.step.function == "_?_:_":
            self.value(loop.step.arguments[0], evaluations, scope)
        gain = self._listed(appended.elements, 1, appended, evaluations, scope)
        gathered = Extent(
            chars=min(turns * gain.most.chars, gain.chars),
            items=min(turns * gain.most.items, gain.items),
            length=turns * gain.most.length,
            element=gain.most.element,
        )
        self._add(evaluations.times * gathered.length * ITEM_COPIED, loop, _HINTS["_+_"])
        return gathered

    def _call(self, call: Call, evaluations: Evaluations, scope: _Scope) -> Value:
        rule = FUNCTION_COSTS.get(call.function)
        if rule is None:
            names = ", ".join(sorted(name for name in FUNCTION_COSTS if name[0].isalpha()))
            raise TooCostly(
                f"the function {shown(call.function)} is not one that conditions may use: {names}",
                call.offset,
            )
        values = [self.value(each, evaluations, scope) for each in call.arguments]
        result, cost = rule(call, values, evaluations)
        self._add(cost, call, _HINTS.get(call.function, _HINT))
        return result


def _appended(loop: Loop) -> ListOf | None:
    """Return the list that a loop's step appends to the result; None if it appends none."""
    step = loop.step
    if isinstance(step, Call) and step.function == "_?_:_":
        step = step.arguments[1]
    match step:
        case Call(function="_+_", arguments=(Name(name=name), ListOf() as appended)):
            return appended if name == loop.accumulator else None
    return None


_TYPES: Final = frozenset(
    ("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint")
)

_HINT: Final = "look at less, or at event.text in place of event.content"
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "matches": "a shorter regular expression without repetitions such as {1,100}, looking at "
        "event.text and in no loop, costs less; and so does the filter keyword with its patterns",
        "replace": "replace less: a text of the condition's own, in place of one of the event",
        "join": "put a short text between the pieces",
        "split": "split at a longer text, and in no loop",
        "_+_": "put together less; exists and all need no list where map and filter make one",
        "contains": "look in event.text, and in no loop within a loop",
    }
)
