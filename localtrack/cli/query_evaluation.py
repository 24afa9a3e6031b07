"""JMESPath that ends: an expression of a hundred characters could otherwise keep the machine busy for days."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import jmespath
from jmespath.exceptions import ArityError, IncompleteExpressionError, JMESPathError, JMESPathTypeError, LexerError
from jmespath.exceptions import ParseError as SyntaxFault
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

from localtrack.exceptions import UserErrorException

_MOST_LEVELS = 100
_MOST_STEPS = 6_000_000  # some seconds
_STEPS_OF_A_VISIT = 3
_MOST_SIZE = 10_000_000  # of a result, unless what it was made of is larger still
_SIZE_OF_A_VALUE = 8  # beside the characters of a text
_CHARACTERS_OF_A_STEP = 8

# What only looks at an argument from the outside; the others look at all that is in it.
_SHALLOW = {"abs", "avg", "ceil", "floor", "keys", "length", "map", "max_by", "merge", "min_by", "not_null", "reverse"}
_SHALLOW |= {"sort_by", "sum", "to_array", "to_number", "type", "values"}


def fault(expression: str) -> str | None:
    """Return what is wrong with an expression in itself, or None."""
    try:
        tree = _parsed(expression)
    except IncompleteExpressionError:
        return "it ends too early"
    except LexerError as error:
        return f"{error.message} at character {error.lexer_position + 1}"
    except SyntaxFault as error:
        return f"{error.msg} at character {error.lex_position + 1}"
    except RecursionError:
        return f"it has more than {_MOST_LEVELS} levels"
    except (KeyError, ValueError) as error:
        return str(error)
    return f"it has more than {_MOST_LEVELS} levels" if _levels(tree) > _MOST_LEVELS else None


def evaluate(expression: str, value: Any) -> Any:
    """Return what an expression makes of a value.

    Args:
        expression: One that `fault` finds nothing wrong with.
        value: Dictionaries, lists, texts, numbers, booleans and None.

    Raises:
        UserErrorException: It can't be applied to the value, takes too long, or its result is too large.
    """
    budget = _Budget(_MOST_STEPS)
    try:
        result = _Interpreter(budget).visit(_parsed(expression), value)
        if not _fits(result, _MOST_SIZE) and not _fits(result, _size(value)):
            raise UserErrorException(
                f"--query: the result is larger than {_MOST_SIZE // 1_000_000} MB, and larger than what it is made of: "
                "select less."
            )
    except _SpentError:
        raise UserErrorException(
            "--query: the expression takes too long on this result: make it simpler, or list fewer with --last."
        ) from None
    except JMESPathTypeError as error:
        expected = " or ".join(error.expected_types)
        raise UserErrorException(
            f"--query: {error.function_name}() takes {expected}, and not {error.actual_type}.", error
        ) from error
    except (ArityError, JMESPathError) as error:
        raise UserErrorException(f"--query: {error}.", error) from error
    except RecursionError as error:
        raise UserErrorException("--query: what the expression makes is nested too deeply.", error) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Jmespath lets Python's own come through, such as that of a number compared with a text.
        raise UserErrorException(f"--query: it can't be applied to this result: {error}.", error) from error
    return result


def _parsed(expression: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an old way to write a text, which works
        tree: dict[str, Any] = jmespath.compile(expression).parsed
    return tree


def _levels(tree: dict[str, Any]) -> int:
    levels, nodes = 0, [tree]
    while nodes:
        levels += 1
        nodes = [child for node in nodes for child in node["children"] if isinstance(child, dict)]
    return levels


class _SpentError(Exception):
    pass


class _Budget:
    """How many steps an evaluation may still take."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise _SpentError

    def spend_on(self, value: Any) -> None:
        """Spend what looking at a value from the outside, or copying it, may cost."""
        if isinstance(value, str):
            self.spend(len(value) // _CHARACTERS_OF_A_STEP)
        elif isinstance(value, list | dict):
            self.spend(len(value))

    def spend_on_all_of(self, value: Any) -> None:
        """Spend what looking at all that is in a value may cost; what is in it twice is looked at twice."""
        values = [value]
        while values:
            each = values.pop()
            self.spend_on(each)
            if isinstance(each, list):
                values += each
            elif isinstance(each, dict):
                values += each
                values += each.values()


class _Functions(Functions):  # type: ignore[misc]
    def __init__(self, budget: _Budget) -> None:
        self._budget = budget

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        spend = self._budget.spend_on if function_name in _SHALLOW else self._budget.spend_on_all_of
        for argument in resolved_args:
            spend(argument)
        if function_name == "join" and len(resolved_args) == 2 and isinstance(resolved_args[1], list):
            self._budget.spend(len(resolved_args[1]) * len(str(resolved_args[0])) // _CHARACTERS_OF_A_STEP)
        return super().call_function(function_name, resolved_args)


class _Interpreter(TreeInterpreter):  # type: ignore[misc]
    def __init__(self, budget: _Budget) -> None:
        # Of ordered dictionaries knack prints the columns in their order, which is that of the expression.
        super().__init__(Options(dict_cls=OrderedDict, custom_functions=_Functions(budget)))
        self._budget = budget
        compared = TreeInterpreter.COMPARATOR_FUNC
        self.COMPARATOR_FUNC = {name: self._counted(compare) for name, compare in compared.items()}

    def visit(self, node: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        self._budget.spend(_STEPS_OF_A_VISIT)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: dict[str, Any], value: Any) -> list[Any] | None:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        merged: list[Any] = []
        for element in base:
            part = element if isinstance(element, list) else [element]
            self._budget.spend(1 + len(part))
            merged += part
        return merged

    def visit_slice(self, node: dict[str, Any], value: Any) -> Any:
        self._budget.spend_on(value)
        return super().visit_slice(node, value)

    def _counted(self, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def counted(left: Any, right: Any) -> Any:
            if type(left) is type(right) or isinstance(left, dict):
                self._budget.spend_on_all_of(left)
                self._budget.spend_on_all_of(right)
            return compare(left, right)

        return counted


def _fits(value: Any, size: int) -> bool:
    for part in _sizes(value):
        size -= part
        if size < 0:
            return False
    return True


def _size(value: Any) -> int:
    return sum(_sizes(value))


def _sizes(value: Any) -> Iterator[int]:
    """Yield the sizes of a value's parts, as often as they would be printed."""
    values = [value]
    while values:
        each = values.pop()
        yield _SIZE_OF_A_VALUE + (len(each) if isinstance(each, str) else 0)
        if isinstance(each, dict):
            values += each
            values += each.values()
        elif isinstance(each, list):
            values += each
        elif not isinstance(each, str | int | float | None):
            raise UserErrorException("--query: & makes an expression for a function, and is no result by itself.")
