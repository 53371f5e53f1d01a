"""The writers of the rulebook, by whose desk they stand on."""

from tanbiao.web.rulebook.commands.aligning import align
from tanbiao.web.rulebook.commands.consulting import answer, comment
from tanbiao.web.rulebook.commands.drafting import (
    MAX_EXAMPLES,
    add_study,
    close_consultation,
    open_consultation,
    redraft,
    run_examples,
    save_sections,
    save_text,
)
from tanbiao.web.rulebook.commands.filing import cancel_filing, file, filing_alarm, fill_filing
from tanbiao.web.rulebook.commands.judging import approve, assess, resume, return_to_drafting, suspend
from tanbiao.web.rulebook.commands.life import abolish, adopt, end_transitions, enrol_packaged, read_notices
from tanbiao.web.rulebook.commands.mutating import ask_mutations, carry_mutations, keep_mutations
from tanbiao.web.rulebook.commands.proposing import accept, begin_revision, propose, refuse, withdraw
from tanbiao.web.rulebook.commands.reasoning import LONGEST, give_reasons
from tanbiao.web.rulebook.commands.scoring import pack_of, score_tool
from tanbiao.web.rulebook.commands.watching import answer_change, report_change

__all__ = [
    "LONGEST",
    "MAX_EXAMPLES",
    "abolish",
    "accept",
    "add_study",
    "adopt",
    "align",
    "answer",
    "answer_change",
    "approve",
    "ask_mutations",
    "assess",
    "begin_revision",
    "cancel_filing",
    "carry_mutations",
    "close_consultation",
    "comment",
    "end_transitions",
    "enrol_packaged",
    "file",
    "filing_alarm",
    "fill_filing",
    "give_reasons",
    "keep_mutations",
    "open_consultation",
    "pack_of",
    "propose",
    "read_notices",
    "redraft",
    "refuse",
    "report_change",
    "resume",
    "return_to_drafting",
    "run_examples",
    "save_sections",
    "save_text",
    "score_tool",
    "suspend",
    "withdraw",
]
