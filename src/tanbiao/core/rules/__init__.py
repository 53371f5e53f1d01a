"""Category rules and label schemes as versioned documents, and the checks that they make of a study and its result."""

from tanbiao.core.rules.check import check
from tanbiao.core.rules.load import list_rules, load_rule, parse_rule
from tanbiao.core.rules.model import Rule
from tanbiao.core.rules.scheme import Scheme, list_schemes, load_scheme, parse_scheme

__all__ = [
    "Rule",
    "Scheme",
    "check",
    "list_rules",
    "list_schemes",
    "load_rule",
    "load_scheme",
    "parse_rule",
    "parse_scheme",
]
