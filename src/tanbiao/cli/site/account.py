"""``tanbiao account``: the first people of a platform, made by whoever holds the machine.

A new platform has no users, and only an operator may register organisations and bodies on the page. This command makes
that operator (and, in an emergency, anybody else) through the same commands as the page.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.core.findings import TanbiaoError

KINDS = ("enterprise", "certification_body", "authority", "association", "university", "institute", "operator")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("username")
    parser.add_argument("--name", required=True, help="姓名 / the person's name")
    parser.add_argument(
        "--organisation", required=True, help="组织名称 / the organisation's name; made if it is not there"
    )
    parser.add_argument("--kind", choices=KINDS, default="operator")
    parser.add_argument(
        "--uscc", default="", help="统一社会信用代码 / unified social credit code, for a new organisation"
    )
    parser.add_argument(
        "--foreign-id", default="", help="境外登记号 / register and number, where there is no credit code"
    )
    parser.add_argument("--jurisdiction", default="CN", help="CN-GD, HK …")
    parser.add_argument(
        "--role", action="append", default=[], help="默认：该类组织的管理角色 / default: its managing role"
    )
    parser.add_argument("--data", type=Path, default=None, help="TANBIAO_DATA")


def run(args: argparse.Namespace, out: Console) -> int:
    """Make the account; the password is asked for, or read from ``TANBIAO_PASSWORD``, never from the command line."""
    from tanbiao.cli.site import serve

    serve.prepare_environment(data=args.data)
    serve.start_django()
    serve.migrate()
    from tanbiao.web.accounts import commands
    from tanbiao.web.accounts.actor import system_actor
    from tanbiao.web.accounts.models import Organisation
    from tanbiao.web.accounts.roles import MANAGING_ROLE, Kind, Role

    kind = Kind(args.kind)
    unknown = sorted(set(args.role) - {role.value for role in Role})
    if unknown:
        raise TanbiaoError.of("role_unknown", "--role", role=", ".join(unknown), known=", ".join(Role.values))
    actor = system_actor("machine")
    found = Organisation.objects.filter(name_zh=args.organisation, kind=kind).first()
    organisation = found or commands.register_organisation(
        actor,
        kind=kind,
        name_zh=args.organisation,
        uscc=args.uscc,
        foreign_id=args.foreign_id,
        jurisdiction=args.jurisdiction,
    )
    password = _password(out)
    for number, role in enumerate(args.role or [MANAGING_ROLE[kind].value]):
        commands.add_member(
            actor,
            organisation_id=organisation.id,
            role=Role(role),
            username=args.username,
            password="" if number else password,
            name_zh=args.name,
        )
    out.document({"username": args.username, "organisation": str(organisation.id)})
    out.text(
        f"已建立账号 {args.username}（{args.organisation}）。",
        f"Made the account {args.username} ({args.organisation}).",
    )
    return 0


def _password(out: Console) -> str:
    given = os.environ.get("TANBIAO_PASSWORD", "")
    if given or not sys.stdin.isatty():
        if not given:
            raise TanbiaoError.of("password_missing")
        return given
    return getpass.getpass("密码: " if out.lang == "zh" else "Password: ")
