"""The writers of governance, by whose desk they stand on."""

from tanbiao.web.governance.commands.desk import (
    describe,
    follow,
    found_database,
    open_dataset,
    revise,
    submit,
    withdraw,
)
from tanbiao.web.governance.commands.judging import (
    close_majors,
    close_reviews,
    compare,
    confirm_trace,
    pass_comparison,
    pass_screening,
    reject,
    return_to_provider,
    review,
    screen,
)
from tanbiao.web.governance.commands.life import (
    answer_report,
    expire_due,
    publish,
    report_error,
    restore,
    retire,
    suspend,
)
from tanbiao.web.governance.commands.releases import ask_release, fail_release, install_built

__all__ = [
    "answer_report",
    "ask_release",
    "close_majors",
    "close_reviews",
    "compare",
    "confirm_trace",
    "describe",
    "expire_due",
    "fail_release",
    "follow",
    "found_database",
    "install_built",
    "open_dataset",
    "pass_comparison",
    "pass_screening",
    "publish",
    "reject",
    "report_error",
    "restore",
    "retire",
    "return_to_provider",
    "review",
    "revise",
    "screen",
    "submit",
    "suspend",
    "withdraw",
]
