"""``tanbiao export STUDY --form F``: a study's figures in the form that a scheme asks for."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.files import refuse_existing, write_whole
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.core.findings import TanbiaoError, render


def run(args: argparse.Namespace, out: Console) -> int:
    """Write the form; 0 done, 1 the study leaves out what the form needs, 2 the input or use is wrong.

    Raises
    ------
    TanbiaoError
        What reading and calculating the study raise; ``form_unknown``, ``output_file_exists``, ``output_not_written``.
    """
    from tanbiao.formats.forms import fill, form

    wanted = form(args.form)
    path: Path = args.file or Path(f"{Path(args.source).stem}-{wanted.id}.json")
    refuse_existing(path, force=args.force)
    loaded = load_study(Path(args.source))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    try:
        made = fill(wanted, loaded.study, release, rule, created=datetime.now(UTC), lang=out.lang)
    except TanbiaoError as error:
        if not error.code.startswith(("form_", "cbam_")):
            raise
        out.document({"file": None, "form": wanted.id, "findings": [render(item, out.lang) for item in error.findings]})
        out.findings(error.findings)
        return 1
    write_whole(path, made.data)
    found = (*notes, *made.findings)
    out.document(
        {
            "file": str(path),
            "form": wanted.id,
            "bytes": len(made.data),
            "document": made.document,
            "findings": [render(item, out.lang) for item in found],
        }
    )
    out.text(f"已写出 {path}：{wanted.zh}", f"{path} written: {wanted.en}")
    out.findings(found)
    return 0
