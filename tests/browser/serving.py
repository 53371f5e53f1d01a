"""A platform of its own for the browser: a real server process with people, a release, a certificate, a running case.

Run as a script (``python serving.py PORT [SCENE]``) with the surroundings in the environment. Its clock is the
machine's time less the hours in the file ``clock-behind`` of the data folder, so that a site visit of hours passes in a
moment and the certificate is still not dated into the future. The clock is turned here, in the test's own process; the
product has no hook for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

BEHIND_FILE = "clock-behind"
FIRST_HOURS_BEHIND = 12.0
LIFE_DAYS = 670
"""How many days ago the one certificate of the scene "life" is issued."""
HOURS_BEHIND = {"main": FIRST_HOURS_BEHIND, "rules": 45 * 24.0, "life": LIFE_DAYS * 24.0, "empty": FIRST_HOURS_BEHIND}
"""How far each scene's clock runs behind at first; what is played into a running platform leaves it alone."""


def _turn_the_clock(folder: Path) -> None:
    from tanbiao.web import clock

    original = clock.now
    file = folder / BEHIND_FILE

    def now() -> datetime:
        return original() - (timedelta() if clock._set_to.get() else timedelta(hours=float(file.read_text())))

    clock.now = now


def _hash_fast() -> None:
    """Let passwords cost little: forty people are made and log in, and none of their passwords guards anything."""
    from tanbiao.web import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _install_linked() -> None:
    """Install a small linked release, older than the one that pages show by themselves."""
    sys.path.append(str(Path(__file__).parents[1]))
    from core.release.linked_release import HEADER, datasets
    from tanbiao.cli.site.demo_world import play
    from tanbiao.core.lca.release_build import write_release
    from tanbiao.web.factors import commands as factors

    folder = Path(os.environ["TANBIAO_DATA"]) / "releases"
    folder.mkdir(exist_ok=True)
    write_release(folder / f"{HEADER['name']}.tbr", datasets(), HEADER)
    factors.install_release(play.SYSTEM, name=HEADER["name"])


def _fill_main() -> None:
    """Play the demo's people, its certified aluminium and its case in verification with the real commands."""
    from tanbiao.cli.site.demo_world import governed, play, ruled
    from tanbiao.web import clock
    from tanbiao.web.factors import commands as factors

    today = clock.wall()
    aluminium, battery = play.CERTIFIED
    assert battery.example == "lfp-battery"
    with clock.at(today - timedelta(days=aluminium.days_ago + 2)):
        _install_linked()
    with clock.at(today - timedelta(days=aluminium.days_ago + 1)):
        play.people()
        factors.install_release(play.SYSTEM, name=play.RELEASE)
        play.settle()
    play.certified(aluminium, today - timedelta(days=aluminium.days_ago))
    play.in_verification(play.IN_VERIFICATION, today - timedelta(days=10))
    ruled.national(play.actor, today - timedelta(days=ruled.NATIONAL_DAYS))
    with clock.at(today - timedelta(days=4)):
        governed.play(play.actor)
        play.settle()


def _fill_rules() -> None:
    """Play a provincial rule to its adoption, and two certificates that rest on it."""
    from tanbiao.cli.site.demo_world import cast, play, ruled
    from tanbiao.web import clock
    from tanbiao.web.factors import commands as factors

    today = clock.wall()
    with clock.at(today - timedelta(days=321)):
        play.people()
        factors.install_release(play.SYSTEM, name=play.RELEASE)
        play.settle()
    ruled.provincial(play.actor, today - timedelta(days=320))
    rule = f"{ruled.PROVINCIAL}@1.0.0"
    for factory, body, days in ((cast.SHANDONG, cast.NORTH, 220), (cast.SHANGHAI, cast.SOUTH, 170)):
        product = play.Product("electrolytic-aluminium", factory, body, days, rule)
        play.certified(product, today - timedelta(days=days))
    play.settle()


def _the_one() -> Any:
    from tanbiao.cli.site.demo_world import cast, play

    return play.Product("cement-clinker", cast.JIANGSU, cast.SOUTH, LIFE_DAYS + 30)


def _fill_life() -> None:
    """Play the beginning of the one certificate: its study, its case up to the verification."""
    from tanbiao.cli.site.demo_world import play
    from tanbiao.web import clock
    from tanbiao.web.factors import commands as factors

    today, product = clock.wall(), _the_one()
    begin = today - timedelta(days=product.days_ago)
    with clock.at(begin - timedelta(days=1)):
        play.people()
        factors.install_release(play.SYSTEM, name=play.RELEASE)
        play.settle()
    with clock.at(begin):
        study = play.study_of(product)
    with clock.at(begin + timedelta(days=10)):
        case_id = play.open_case(product, study)
    with clock.at(begin + timedelta(days=20)):
        play.visit(product, case_id, begin + timedelta(days=20, hours=1))
        play.settle()


def _fill_renewal() -> None:
    """Play the renewal of the one certificate into the running platform: all but its decision."""
    from tanbiao.cli.site.demo_world import play
    from tanbiao.web import clock
    from tanbiao.web.register.models import Certificate

    today, product = clock.wall(), _the_one()
    number = Certificate.objects.get(is_newest=True).number
    with clock.at(today - timedelta(days=60)):
        study = play.study_of(product)
    with clock.at(today - timedelta(days=50)):
        case_id = play.open_case(product, study, kind="recertification", replaces=number)
    with clock.at(today - timedelta(days=40)):
        play.visit(product, case_id, today - timedelta(days=40) + timedelta(hours=1))
        play.trace_rows(product, case_id)
    with clock.at(today - timedelta(days=20)):
        play.judge(product, case_id)
        play.settle()


def _fill_empty() -> None:
    """Make nothing but the operator, by the command that every new platform begins with."""
    from tanbiao.cli.main import main as tanbiao
    from tanbiao.cli.site.demo_world.cast import PASSWORD
    from tanbiao.web.accounts import uscc

    os.environ["TANBIAO_PASSWORD"] = PASSWORD
    named = ["--name", "演示运营员", "--organisation", "演示平台运营方", "--uscc", uscc.build("EMPT0000")]
    if tanbiao(["account", "operator", *named]) != 0:
        raise SystemExit("the operator's account was not made")


def _fill(scene: str) -> None:
    """Make the database and play a scene's world in it."""
    from tanbiao.cli.site import serve

    serve.prepare_environment(demo=True)
    serve.start_django()
    serve.migrate()
    from tanbiao.web.ledger import worker

    worker.prepare()
    fills = {"main": _fill_main, "rules": _fill_rules, "life": _fill_life, "empty": _fill_empty}
    (fills | {"renewal": _fill_renewal})[scene]()


def main() -> int:
    """Fill the database in a process of its own, as the demo does; then serve until the process is ended."""
    from tanbiao.cli.console import Console
    from tanbiao.cli.site import serve

    port, folder = int(sys.argv[1]), Path(os.environ["TANBIAO_DATA"])
    scene = (sys.argv[2:] or ["main"])[0]
    os.environ.setdefault("TANBIAO_BASE_URL", f"http://127.0.0.1:{port}")
    if scene in HOURS_BEHIND:
        (folder / BEHIND_FILE).write_text(str(HOURS_BEHIND[scene]))
    _turn_the_clock(folder)
    _hash_fast()
    os.environ.setdefault("TANBIAO_OPERATOR_ZH", "演示平台运营方（虚构）")
    os.environ.setdefault("TANBIAO_OPERATOR_EN", "Demo platform operator (fictional)")
    if sys.argv[3:] == ["fill"]:
        _fill(scene)
        return 0
    subprocess.run([sys.executable, __file__, str(port), scene, "fill"], check=True)
    return serve.run_server(Console("en", as_json=False), port=port, workers=1, demo=True)


if __name__ == "__main__":
    raise SystemExit(main())
