"""The writers of a certificate's life: the only place where something of it is changed."""

from tanbiao.web.surveillance.commands.daily import run_day
from tanbiao.web.surveillance.commands.following import (
    follow_certificate,
    follow_fact,
    follow_impact,
    follow_report,
    follow_rule,
    follow_settled_facts,
    follow_status,
    order_of_authority,
    read_notices,
    resolve,
)
from tanbiao.web.surveillance.commands.grievances import (
    admit,
    appeal,
    complain,
    decide,
    investigate,
    refuse,
    withdraw_appeal,
)
from tanbiao.web.surveillance.commands.reports import answer_report
from tanbiao.web.surveillance.commands.surveys import begin, conclude, hand_in, order, record
from tanbiao.web.surveillance.commands.transfers import (
    accept,
    read_file,
    refuse_transfer,
    release,
    request_transfer,
    review,
    withdraw_transfer,
)

__all__ = [
    "accept",
    "admit",
    "answer_report",
    "appeal",
    "begin",
    "complain",
    "conclude",
    "decide",
    "follow_certificate",
    "follow_fact",
    "follow_impact",
    "follow_report",
    "follow_rule",
    "follow_settled_facts",
    "follow_status",
    "hand_in",
    "investigate",
    "order",
    "order_of_authority",
    "read_file",
    "read_notices",
    "record",
    "refuse",
    "refuse_transfer",
    "release",
    "request_transfer",
    "resolve",
    "review",
    "run_day",
    "withdraw_appeal",
    "withdraw_transfer",
]
