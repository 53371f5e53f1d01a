"""The writers of an organisation's book."""

from tanbiao.web.bodies.commands.alarming import raise_alarms, read_alarms
from tanbiao.web.bodies.commands.departments import (
    close_department,
    open_department,
    set_responsibility,
    staff_department,
)
from tanbiao.web.bodies.commands.obliging import accept_obligations, publish_obligations
from tanbiao.web.bodies.commands.people import (
    grant_competence,
    set_load_limit,
    set_staff,
    withdraw_competence,
)
from tanbiao.web.bodies.commands.qualifying import (
    bring_qualification,
    close_branch,
    declare_impartiality,
    end_qualification,
    judge_qualification,
    open_branch,
    restore_qualification,
    suspend_qualification,
)
from tanbiao.web.bodies.commands.risks import close_risk, enter_risk, mitigate_risk, reopen_risk

__all__ = [
    "accept_obligations",
    "bring_qualification",
    "close_branch",
    "close_department",
    "close_risk",
    "declare_impartiality",
    "end_qualification",
    "enter_risk",
    "grant_competence",
    "judge_qualification",
    "mitigate_risk",
    "open_branch",
    "open_department",
    "publish_obligations",
    "raise_alarms",
    "read_alarms",
    "reopen_risk",
    "restore_qualification",
    "set_load_limit",
    "set_responsibility",
    "set_staff",
    "staff_department",
    "suspend_qualification",
    "withdraw_competence",
]
