"""Label schemes as versioned documents: what they ask, and whether they are open to a combination."""

from tanbiao.core.schemes.eligibility import Candidate, judge
from tanbiao.core.schemes.load import list_schemes, load_scheme, newest_schemes, parse_scheme
from tanbiao.core.schemes.model import Scheme

__all__ = ["Candidate", "Scheme", "judge", "list_schemes", "load_scheme", "newest_schemes", "parse_scheme"]
