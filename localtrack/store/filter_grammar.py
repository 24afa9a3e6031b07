"""Reads the text of a filter or an order: MLflow's grammar for searching runs, with ``or``, ``not`` and parentheses."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, NamedTuple

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from localtrack.store.filter_error import FilterRefusal, user_error
from localtrack.store.filter_tree import All, Comparison, Either, Holds, Left, Node, Not, Order, Source, attribute
from localtrack.store.filter_values import Placed, checked, number, text

MAX_LENGTH = 100_000
MAX_PATTERN = 1_000
# SQLite takes 32766 parameters, expressions that are 1000 deep, and before 3.47 a hundred open things in its parser.
MAX_NESTING = 30
MAX_COMPARISONS = 300
MAX_VALUES = 10_000

_GRAMMAR = r"""
filter: either
either: all (_OR all)*
all: negation (_AND negation)*
?negation: NOT negation -> negated
    | comparison
    | LPAR either _RPAR -> group
comparison: left OPERATOR value -> compared
    | left _LIKE text -> like
    | left _ILIKE text -> ilike
    | left NOT _LIKE text -> not_like
    | left NOT _ILIKE text -> not_ilike
    | left _IN _values -> among
    | left NOT _IN _values -> not_among
    | left _IS _NULL -> null
    | left _IS NOT _NULL -> not_null
left: NAME -> plain
    | SUMMARY LPAR NAME _RPAR -> summary
_values: LPAR value (_COMMA value)* _COMMA? _RPAR
?value: text | number | truth
text: TEXT
number: NUMBER
truth: TRUE | FALSE

order: key (_COMMA key)*
key: left -> ascending
    | left _ASC -> ascending
    | left _DESC -> descending

_AND.3: /and\b/i
_OR.3: /or\b/i
NOT.3: /not\b/i
_IN.3: /in\b/i
_IS.3: /is\b/i
_NULL.3: /null\b/i
_LIKE.3: /like\b/i
_ILIKE.3: /ilike\b/i
_ASC.3: /asc\b/i
_DESC.3: /desc\b/i
TRUE.3: /true\b/i
FALSE.3: /false\b/i
SUMMARY.2: /(min|max|count)(?=\s*\()/i
NAME: /(?!(and|or|not|in|is|null|like|ilike)(?![\w.]))[^\W\d]\w*(\.("([^"]|"")*"|`([^`]|``)*`|[\w.:\/@-]+)?)?/i
OPERATOR: /==|!=|<>|<=|>=|=|<|>/
NUMBER: /[+-]?((\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)(?![\w.])/i
TEXT: /'([^'\\]|''|\\.)*'|"([^"\\]|""|\\.)*"/s
LPAR: "("
_RPAR: ")"
_COMMA: ","
%ignore /\s+/
"""

_SOURCES = {
    **dict.fromkeys(("metrics", "metric"), Source.LAST),
    **dict.fromkeys(("tags", "tag"), Source.TAG),
    **dict.fromkeys(("properties", "property"), Source.PROPERTY),
    **dict.fromkeys(("attributes", "attribute", "attr", "run"), Source.ATTRIBUTE),
}
_PARAMETERS = ("params", "param", "parameters", "parameter")

# What may come next, by a terminal that then may; the first that fits says it best.
_EXPECTED = {
    "NAME": "something to compare: metrics.NAME, tags.NAME, properties.NAME, or an attribute such as status",
    "OPERATOR": "an operator: = != < <= > >= LIKE ILIKE IN, IS NULL or IS NOT NULL",
    "NUMBER": "a number, a text in quotes, true or false",
    "TEXT": "a text in quotes",
    "_NULL": "NULL or NOT NULL",
    "_LIKE": "LIKE, ILIKE or IN",
    "_DESC": "ASC, DESC, a comma or the end",
    "LPAR": "a parenthesis: (",
    "_COMMA": "a comma or a closing parenthesis",
    "_AND": "AND, OR, a closing parenthesis or the end",
    "_RPAR": "a closing parenthesis",
}


def parse_filter(text: str) -> Node | None:
    """Return what a filter says; None if it says nothing.

    Raises:
        UserErrorException: It can't be read; the message marks the place and says what is expected there.
    """
    return _parse("filter", "filter", text) if text.strip() else None


def parse_order(text: str) -> list[Order]:
    """Return the keys of an order.

    Raises:
        UserErrorException: It can't be read; the message marks the place and says what is expected there.
    """
    keys: list[Order] = _parse("order_by", "order", text)
    return keys


class _Read(NamedTuple):
    """A part of a tree with what the limits are about."""

    node: Node
    place: int
    depth: int = 0
    comparisons: int = 1
    values: int = 0


class _Builder(Transformer[Token, Any]):
    """Makes the tree while the text is read, so that nothing recurs however deep it is nested."""

    def filter(self, parts: list[_Read]) -> Node:
        return parts[0].node

    def either(self, parts: list[_Read]) -> _Read:
        return _joined(Either, parts)

    def all(self, parts: list[_Read]) -> _Read:
        return _joined(All, parts)

    def negated(self, parts: list[Any]) -> _Read:
        token, inner = parts
        return _deeper(inner, token)._replace(node=Not(inner.node))

    def group(self, parts: list[Any]) -> _Read:
        token, inner = parts
        return _deeper(inner, token)

    def compared(self, parts: list[Any]) -> _Read:
        left, operator, value = parts
        sign = {"==": "=", "<>": "!="}.get(operator, str(operator))
        if isinstance(value.is_, bool) and sign not in ("=", "!="):
            raise FilterRefusal("true and false can be compared by = and != only.", operator.start_pos or 0)
        if isinstance(value.is_, float) and math.isnan(value.is_) and sign not in ("=", "!="):
            raise FilterRefusal("nan can be compared by = and != only.", operator.start_pos or 0)
        return _comparison(left, "=" if sign == "!=" else sign, [value], sign == "!=")

    def like(self, parts: list[Any]) -> _Read:
        return _like("like", *parts)

    def ilike(self, parts: list[Any]) -> _Read:
        return _like("ilike", *parts)

    def not_like(self, parts: list[Any]) -> _Read:
        return _like("like", parts[0], parts[2], negated=True)

    def not_ilike(self, parts: list[Any]) -> _Read:
        return _like("ilike", parts[0], parts[2], negated=True)

    def among(self, parts: list[Any]) -> _Read:
        return _among(parts[0], parts[2:], negated=False)

    def not_among(self, parts: list[Any]) -> _Read:
        return _among(parts[0], parts[3:], negated=True)

    def null(self, parts: list[Any]) -> _Read:
        return _null(parts[0], negated=False)

    def not_null(self, parts: list[Any]) -> _Read:
        return _null(parts[0], negated=True)

    def plain(self, parts: list[Token]) -> Placed:
        (token,) = parts
        return Placed(_left(token), token)

    def summary(self, parts: list[Token]) -> Placed:
        function, _, token = parts
        left = _left(token)
        if left.source is not Source.LAST:
            raise FilterRefusal(f"{function} is of a metric: {function.lower()}(metrics.NAME).", token.start_pos or 0)
        return Placed(Left(Source(function.lower()), left.name), function)

    def text(self, parts: list[Token]) -> Placed:
        (token,) = parts
        return Placed(text(token), token)

    def number(self, parts: list[Token]) -> Placed:
        (token,) = parts
        return Placed(number(token), token)

    def truth(self, parts: list[Token]) -> Placed:
        (token,) = parts
        return Placed(token.type == "TRUE", token)

    def order(self, parts: list[Order]) -> list[Order]:
        return parts

    def ascending(self, parts: list[Placed]) -> Order:
        return Order(parts[0].is_, False)

    def descending(self, parts: list[Placed]) -> Order:
        return Order(parts[0].is_, True)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", start=["filter", "order"], transformer=_Builder())


def _parse(what: str, start: str, text: str) -> Any:
    try:
        _check_text(text)
        try:
            return _parser().parse(text, start=start)
        except UnexpectedInput as error:
            raise _refusal(error, text) from None
    except FilterRefusal as refusal:
        raise user_error(what, text, refusal) from None


def _check_text(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise FilterRefusal(f"it has {len(text)} characters; at most {MAX_LENGTH} can be read.", MAX_LENGTH)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FilterRefusal("it has a lone surrogate, which no text of a run has.", error.start) from None
    if "\0" in text:
        raise FilterRefusal("it has a NUL character.", text.index("\0"))


def _refusal(error: UnexpectedInput, text: str) -> FilterRefusal:
    if isinstance(error, UnexpectedCharacters):
        position, expected = error.pos_in_stream, error.allowed
    elif isinstance(error, UnexpectedToken):
        position = len(text) if error.token.type == "$END" else error.token.start_pos
        expected = error.accepts or error.expected
    else:
        position, expected = len(text), set()
    wanted = next((words for name, words in _EXPECTED.items() if name in (expected or ())), "the end")
    return FilterRefusal(f"{_found(text[position:], wanted)}here should be {wanted}.", position or 0)


def _found(rest: str, wanted: str) -> str:
    """Return what is to be said of what stands where something else should."""
    if re.match(r"(null|none)\b", rest, re.IGNORECASE) and wanted == _EXPECTED["NUMBER"]:
        return "nothing is compared with NULL by an operator, write IS NULL or IS NOT NULL; "
    if rest[:1] in ('"', "`") and wanted == _EXPECTED["OPERATOR"]:
        return "the quote around a name is not closed; "
    if rest[:1] in ("'", '"', "`") and wanted in (_EXPECTED["NUMBER"], _EXPECTED["TEXT"]):
        return "a quote that opens is not closed, or is not one of ' and \"; "
    if wanted == _EXPECTED["NUMBER"] and (word := re.match(r"[^\W\d]\w*", rest)):
        return f"a text stands in quotes, such as '{word[0][:40]}'; "
    return ""


def _joined(kind: type[All | Either], parts: list[_Read]) -> _Read:
    if len(parts) == 1:
        return parts[0]
    comparisons = sum(part.comparisons for part in parts)
    if comparisons > MAX_COMPARISONS:
        raise FilterRefusal(
            f"there are more than {MAX_COMPARISONS} comparisons; several values of one name can be given by IN.",
            parts[-1].place,
        )
    values = sum(part.values for part in parts)
    if values > MAX_VALUES:
        raise FilterRefusal(f"there are more than {MAX_VALUES} values.", parts[-1].place)
    node = kind(tuple(part.node for part in parts))
    return _Read(node, parts[0].place, max(part.depth for part in parts), comparisons, values)


def _deeper(inner: _Read, token: Token) -> _Read:
    place = token.start_pos or 0
    if inner.depth >= MAX_NESTING:
        raise FilterRefusal(
            f"parentheses and NOT are nested more than {MAX_NESTING} deep; leave out those that are not needed.", place
        )
    return inner._replace(place=place, depth=inner.depth + 1)


def _left(token: Token) -> Left:
    place = token.start_pos or 0
    prefix, dot, name = token.partition(".")
    if not dot:
        return attribute(prefix, place)
    if prefix.lower() in _PARAMETERS:
        raise FilterRefusal("runs have no params here, as in the SDK: use tags.NAME or properties.NAME.", place)
    source = _SOURCES.get(prefix.lower())
    if source is None:
        raise FilterRefusal(
            f"there is no {prefix[:100]}.NAME: there are metrics.NAME, tags.NAME, properties.NAME and "
            'attributes.NAME. A name with odd characters stands in quotes, such as metrics."val loss".',
            place,
        )
    if name[:1] in ('"', "`"):
        name = name[1:-1].replace(name[0] * 2, name[0])
    if not name:
        raise FilterRefusal(
            f"a name is missing after {prefix}. or its closing quote is; a name with odd characters stands in quotes, "
            f'such as {prefix}."val loss".',
            place,
        )
    return attribute(name, place) if source is Source.ATTRIBUTE else Left(source, name)


def _like(operator: str, left: Placed, pattern: Placed, *, negated: bool = False) -> _Read:
    place = pattern.token.start_pos or 0
    if left.is_.holds not in (Holds.TEXT, Holds.ANYTHING):
        raise FilterRefusal(f"{left.token} is no text, which LIKE is for.", place)
    if len(pattern.is_) > MAX_PATTERN:
        raise FilterRefusal(f"a pattern can have {MAX_PATTERN} characters at most.", place)
    return _Read(Comparison(left.is_, operator, (pattern.is_,), negated), left.token.start_pos or 0)


def _among(left: Placed, values: list[Placed], *, negated: bool) -> _Read:
    if len(values) > MAX_VALUES:
        raise FilterRefusal(f"IN can have {MAX_VALUES} values at most.", left.token.start_pos or 0)
    if left.is_.holds is Holds.TIME:
        raise FilterRefusal("times are compared by = != < <= > >=, not by IN.", left.token.start_pos or 0)
    return _comparison(left, "in", values, negated)


def _null(left: Placed, *, negated: bool) -> _Read:
    if left.is_.source is Source.COUNT:
        raise FilterRefusal("a count is never NULL: it is 0 for a run without the metric.", left.token.start_pos or 0)
    return _comparison(left, "null", [], negated)


def _comparison(left: Placed, operator: str, values: list[Placed], negated: bool = False) -> _Read:
    fitting = tuple(checked(left.is_, each) for each in values)
    return _Read(Comparison(left.is_, operator, fitting, negated), left.token.start_pos or 0, values=len(fitting))
