"""The writers of governance, by whose desk they stand on."""

from tanbiao.web.governance.commands.derived import (
    define_derivation,
    end_derivation,
    fail_calculation,
    keep_calculated,
    recalculate_derivation,
)
from tanbiao.web.governance.commands.desk import (
    describe,
    follow,
    found_database,
    open_dataset,
    read_notices,
    revise,
    submit,
    withdraw,
)
from tanbiao.web.governance.commands.judging import (
    close_majors,
    close_reviews,
    compare,
    confirm_trace,
    explain_deviation,
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
from tanbiao.web.governance.commands.own import ask_own_release
from tanbiao.web.governance.commands.releases import ask_release, fail_release, install_built
from tanbiao.web.governance.commands.suppliers import choose_supplier, withdraw_supplier

__all__ = [
    "answer_report",
    "ask_own_release",
    "ask_release",
    "choose_supplier",
    "close_majors",
    "close_reviews",
    "compare",
    "confirm_trace",
    "define_derivation",
    "describe",
    "end_derivation",
    "expire_due",
    "explain_deviation",
    "fail_calculation",
    "fail_release",
    "follow",
    "found_database",
    "install_built",
    "keep_calculated",
    "open_dataset",
    "pass_comparison",
    "pass_screening",
    "publish",
    "read_notices",
    "recalculate_derivation",
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
    "withdraw_supplier",
]
