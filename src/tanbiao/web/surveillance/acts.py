"""The acts on surveillances, complaints and appeals, and transfers: one table each for page and API."""

from __future__ import annotations

from functools import partial

from tanbiao.web.surveillance import commands
from tanbiao.web.surveillance.offering import Act

SURVEILLANCE = {
    "begin": Act(commands.begin, ("builds_on",)),
    "pass": Act(partial(commands.conclude, outcome="pass")),
    "require_change": Act(partial(commands.conclude, outcome="require_change")),
    "fail": Act(partial(commands.conclude, outcome="fail"), ("builds_on", "reason", "term_days", "text"), grave=True),
}
GRIEVANCE = {
    "admit": Act(commands.admit, ("builds_on",)),
    "refuse": Act(commands.refuse, ("builds_on", "reason", "text"), grave=True),
    "investigate": Act(commands.investigate),
    "uphold": Act(partial(commands.decide, outcome="uphold")),
    "uphold_partly": Act(partial(commands.decide, outcome="uphold_partly")),
    "reject": Act(partial(commands.decide, outcome="reject"), grave=True),
    "withdraw": Act(commands.withdraw_appeal, ("builds_on",), grave=True),
}
TRANSFER = {
    "release": Act(commands.release, ("builds_on", "open_points")),
    "review": Act(commands.review),
    "accept": Act(commands.accept, ("builds_on", "qualified", "text")),
    "refuse": Act(commands.refuse_transfer, ("builds_on", "reason", "text"), grave=True),
    "withdraw": Act(commands.withdraw_transfer, ("builds_on",), grave=True),
}
