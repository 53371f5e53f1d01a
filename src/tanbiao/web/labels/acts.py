"""The acts on licences and uses: one table each for page and API."""

from __future__ import annotations

from tanbiao.web.labels import licences, uses
from tanbiao.web.surveillance.offering import Act

LICENCE = {
    "grant": Act(licences.grant, ("builds_on",)),
    "refuse": Act(licences.refuse, ("builds_on", "reason", "text"), grave=True),
    "suspend": Act(licences.suspend, ("builds_on", "reason", "text"), grave=True),
    "restore": Act(licences.restore),
    "end": Act(licences.end, ("builds_on", "reason", "text"), grave=True),
}
USE = {
    "register": Act(uses.register_use, ("builds_on",)),
    "return": Act(uses.return_use, ("builds_on", "reason", "text"), grave=True),
    "sample": Act(uses.sample, ("builds_on",)),
    "find_compliant": Act(uses.find_compliant, ("builds_on", "figure", "text")),
    "find_violation": Act(uses.find_violation, ("builds_on", "reason", "figure", "text"), grave=True),
    "rectify": Act(uses.rectify),
    "reopen": Act(uses.reopen, grave=True),
    "close": Act(uses.close),
    "stop": Act(uses.stop, ("builds_on",)),
}
