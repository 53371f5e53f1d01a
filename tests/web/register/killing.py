"""Kills the issuing process with SIGKILL around every stage, and lets another process go on; run as a script.

``python killing.py FOLDER``: plays a case to its grant in a database of its own in FOLDER/data, then for every stage,
before and after its work, puts that folder back as it was, lets a child die there, lets a second child resume, and
prints one JSON line of what stands then. Real processes, real files: what a crash leaves on the disk is what the next
one finds.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))


def in_child(work: Callable[[], None]) -> int:
    """Run work in a process of its own; return how it ended: 0, or minus the signal."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def die_at(stage: str, moment: str) -> None:
    """Carry the issue on and die around a stage."""
    from tanbiao.web.register import issuing
    from tanbiao.web.register.models import Issue

    real = issuing.STAGES[stage]

    def dies(issue: Issue, done: Any) -> dict[str, Any]:
        if moment == "after":
            real(issue, done)
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    issuing.STAGES[stage] = dies
    issuing.run(Issue.objects.get().id)


def go_on(told: int) -> None:
    """Resume as the worker does, and say what stands."""
    from tanbiao.evidence import jws
    from tanbiao.evidence.signer import FolderSigner
    from tanbiao.web.ledger import commands as ledger
    from tanbiao.web.ledger import fsck, signing
    from tanbiao.web.ledger.blobs import get_blob
    from tanbiao.web.ledger.models import LogEntry
    from tanbiao.web.register import issuing, rechecking
    from tanbiao.web.register.models import Certificate, Issue

    states = [issue.state for issue in issuing.resume()]
    ledger.settle()
    issue = Issue.objects.get()
    certificates = list(Certificate.objects.select_related("issue"))
    leaves = LogEntry.objects.filter(subject=str(issue.id)).order_by("at").values_list("type", flat=True)
    with FolderSigner(signing.signer_folder())._journal() as journal:
        (signed,) = journal.execute("SELECT count(*) FROM signed").fetchone()
        (twins,) = journal.execute("SELECT count(*) FROM twins WHERE twin <> ''").fetchone()
        assert twins == signed
    said = {
        "resumed": states,
        "state": issue.state,
        "certificates": len(certificates),
        "tokens": len({get_blob(one.credential_hash) for one in certificates}),
        "leaves": list(leaves),
        "signatures": signed,
        "wrong": [one.code for one in fsck.check().errors]
        + [one.code for _, found in rechecking.recheck(certificates) for one in found],
        "algorithm": jws.take_apart(get_blob(certificates[0].credential_hash).decode(), "vc+jwt").algorithm,
    }
    os.write(told, json.dumps(said).encode() + b"\n")


def main() -> int:
    """Do all of it, in the folder named first, around the stages named after it."""
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    data, kept = folder / "data", folder / "kept"
    os.environ["TANBIAO_DATA"] = str(data)
    os.environ.pop("DATABASE_URL", None)
    from tanbiao.cli.site import serve

    serve.prepare_environment(demo=True, data=data)
    serve.start_django()
    serve.migrate()
    from django.db import connections

    from factories import SYSTEM, World
    from tanbiao.web.factors import commands as factors
    from tanbiao.web.ledger import commands as ledger
    from tanbiao.web.ledger import worker
    from web.certification.playing import RELEASE, Play

    worker.prepare()
    factors.install_release(SYSTEM, name=RELEASE)
    Play(World.make()).until("granted")
    ledger.settle()
    connections.close_all()
    shutil.copytree(data, kept)
    for stage in wanted:
        for moment in ("before", "after"):
            shutil.rmtree(data)
            shutil.copytree(kept, data)
            ended = in_child(lambda stage=stage, moment=moment: die_at(stage, moment))  # type: ignore[misc]
            read, write = os.pipe()
            resumed = in_child(lambda write=write: go_on(write))  # type: ignore[misc]
            os.close(write)
            with os.fdopen(read) as stream:
                text = stream.read()
            said = json.loads(text) if text else {}
            line = {"stage": stage, "moment": moment, "ended": ended, "went_on": resumed, **said}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
