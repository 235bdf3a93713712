"""Maximum cost of a condition, whatever the event: worked out when it is read.

The engine counts the turns of loops and nothing else, and one call into it cannot be interrupted.
So the cost is bounded beforehand: from the largest values that an event may have follows, part by
part, how large every value in between can be, how often each part is evaluated, and how much it
looks at. A function that is not listed here is not taken at all.

Costs are in units of about 25 nanoseconds on a machine of 2025, for the worst event;
`benchmarks/condition_cost.py` measures conditions at the limit. Sizes are counted in all their
evaluations together and not only at their largest, so that going through a list costs what the list
holds, and not its length times its longest element.
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
    """Return what `condition` costs at most for one event, up to `MAX_COST`.

    Args:
        condition: its syntax tree.
        variables: how large the value of each variable may be.

    Raises:
        TooCostly: it may cost more, or that cannot be told; says how to write it otherwise.
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
    """Adds up what the parts of one condition cost."""

    def __init__(self, variables: Mapping[str, Extent]) -> None:
        self._variables = variables
        self.total = 0.0
        self.parts: dict[int, tuple[float, str]] = {}

    def value(self, node: Node, moment: Evaluations, scope: _Scope) -> Value:
        """Return a part's value, and add what it costs."""
        self._add(_PART * moment.times, node, "write less in one condition, and less in loops")
        match node:
            case Constant():
                return steady(Extent(chars=len(node.text or "")), moment)
            case Name():
                return self._named(node, moment, scope)
            case Field():
                value = self.value(node.operand, moment, scope)
                return steady(NUMBER, moment) if node.is_test else part_of(value, moment)
            case ListOf():
                return self._listed(node.elements, 1, node, moment, scope)
            case MapOf():
                return self._listed(node.entries, 2, node, moment, scope)
            case Loop():
                return self._loop(node, moment, scope)
            case Call():
                return self._call(node, moment, scope)
        raise TooCostly("its cost cannot be told", node.offset)

    def _add(self, cost: float, node: Node, hint: str) -> None:
        self.total += cost
        before, known = self.parts.get(node.offset, (0.0, hint))
        self.parts[node.offset] = (before + cost, hint if cost >= before else known)

    def _named(self, node: Name, moment: Evaluations, scope: _Scope) -> Value:
        bound = scope.get(node.name)
        if bound is not None:
            again = moment.turns / bound.moment.turns if bound.moment.turns else 0
            return capped(
                bound.value.most, bound.value.chars * again, bound.value.items * again, moment
            )
        extent = SCALAR if node.name in _TYPES else self._variables.get(node.name)
        if extent is None:
            raise TooCostly(f"{node.name} is nothing that a condition may look at", node.offset)
        return steady(extent, moment)

    def _listed(
        self, nodes: tuple[Node, ...], step: int, node: Node, moment: Evaluations, scope: _Scope
    ) -> Value:
        values = [self.value(each, moment, scope) for each in nodes]
        element = SCALAR
        for value in values:
            element = element.joined(value.most)
        most = Extent(
            chars=sum(value.most.chars for value in values),
            items=sum(value.most.items for value in values) + len(values),
            length=len(values) / step,
            element=element,
        )
        made = capped(
            most,
            sum(value.chars for value in values),
            sum(value.items for value in values) + len(values) * moment.times,
            moment,
        )
        self._add(made.items * ITEM_COPIED, node, "make smaller lists")
        return made

    def _loop(self, loop: Loop, moment: Evaluations, scope: _Scope) -> Value:
        over = self.value(loop.of, moment, scope)
        self.value(loop.start, moment, scope)
        turning = moment.in_loop(over.most.length)
        self._add(
            _TURN * turning.times, loop, "loop over less: a list of the event within one loop"
        )
        element = capped(over.most.part, over.chars, over.items, turning)
        inner = {**scope, loop.variable: Bound(element, turning)}
        appended = _appended(loop)
        if appended is None:
            result = self._folded(loop, turning, inner)
        else:
            result = self._gathered(appended, loop, over.most.length, turning, inner)
        inner[loop.accumulator] = Bound(steady(result, moment), moment)
        return self.value(loop.result, moment, inner)

    def _folded(self, loop: Loop, moment: Evaluations, scope: dict[str, Bound]) -> Extent:
        """Return the extent of what `all`, `exists` and `exists_one` gather: one value."""
        scope[loop.accumulator] = Bound(steady(SCALAR, moment), moment)
        self.value(loop.goes_on, moment, scope)
        gathered = self.value(loop.step, moment, scope).most
        if gathered.length or gathered.chars:
            raise TooCostly("a loop of a kind whose cost cannot be told", loop.offset)
        return SCALAR

    def _gathered(
        self,
        appended: ListOf,
        loop: Loop,
        turns: float,
        moment: Evaluations,
        scope: dict[str, Bound],
    ) -> Extent:
        """Return the extent of the list that `map` and `filter` make.

        The engine copies what is gathered so far in every turn.
        """
        if isinstance(loop.step, Call) and loop.step.function == "_?_:_":
            self.value(loop.step.arguments[0], moment, scope)
        gain = self._listed(appended.elements, 1, appended, moment, scope)
        gathered = Extent(
            chars=min(turns * gain.most.chars, gain.chars),
            items=min(turns * gain.most.items, gain.items),
            length=turns * gain.most.length,
            element=gain.most.element,
        )
        self._add(moment.times * gathered.length * ITEM_COPIED, loop, _HINTS["_+_"])
        return gathered

    def _call(self, call: Call, moment: Evaluations, scope: _Scope) -> Value:
        rule = FUNCTION_COSTS.get(call.function)
        if rule is None:
            names = ", ".join(sorted(name for name in FUNCTION_COSTS if name[0].isalpha()))
            raise TooCostly(
                f"the function {shown(call.function)} is not one that conditions may use: {names}",
                call.offset,
            )
        values = [self.value(each, moment, scope) for each in call.arguments]
        result, cost = rule(call, values, moment)
        self._add(cost, call, _HINTS.get(call.function, _HINT))
        return result


def _appended(loop: Loop) -> ListOf | None:
    """Return the list that a loop's step appends, if that is what it does."""
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
