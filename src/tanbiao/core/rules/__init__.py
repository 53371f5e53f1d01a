"""Category rules as versioned documents, and the checks that they make of a study and its result."""

from tanbiao.core.rules.check import check
from tanbiao.core.rules.load import list_rules, load_rule, parse_rule
from tanbiao.core.rules.model import Rule

__all__ = ["Rule", "check", "list_rules", "load_rule", "parse_rule"]
