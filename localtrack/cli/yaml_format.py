"""The text of ``-o yaml``."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any

import yaml

from localtrack.printable import ORDERS

_ORDER = re.compile(f"[{ORDERS}]")  # YAML escapes the rest itself


def yaml_text(result: Any) -> str:
    """Return a result as YAML, in which no character is obeyed by a terminal instead of shown."""
    text = yaml.dump(result, Dumper=_Dumper, default_flow_style=False, allow_unicode=True)
    return _ORDER.sub(lambda found: _escape(found[0]), text)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        """Write what is there twice twice, as JSON does."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Escapes mean something only between double quotes.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _ORDER.search(text) else None)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


_Dumper.add_representer(str, _text)
_Dumper.add_representer(OrderedDict, yaml.SafeDumper.represent_dict)
