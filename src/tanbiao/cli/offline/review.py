"""``tanbiao review FILE``: check the record of a critical review, and set it as a document."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import load_study
from tanbiao.core.findings import TanbiaoError, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("record", metavar="FILE", help="评审记录：YAML 或 JSON / record")
    parser.add_argument("--study", metavar="STUDY", help="被评审的研究文件 / the study that was reviewed")
    parser.add_argument("--out", metavar="FILE", help="记录文件：.html、.pdf 或 .docx / document")


def run(args: argparse.Namespace, out: Console) -> int:
    """Check; 0 nothing stands against the record, 1 something does, 2 it can't be read."""
    from tanbiao.core.strict_text import parse_text
    from tanbiao.core.study.critical_review import parse_review, review_findings
    from tanbiao.documents import declaration, review, typeset

    path = None if args.out is None else Path(args.out)
    forms = {f".{form}": form for form in declaration.FORMS}
    if path is not None and (path.suffix.lower() not in forms or not path.parent.is_dir()):
        raise TanbiaoError.of("report_path", args.out, suffixes=" ".join(forms))
    if path is not None and path.suffix.lower() == ".pdf":
        typeset.require(args.out)
    try:
        data = Path(args.record).read_bytes()
    except OSError as error:
        raise TanbiaoError.of("study_file_unreadable", args.record, reason=error.strerror or str(error)) from error
    made = parse_review(parse_text(data)[0])
    study = None if args.study is None else load_study(Path(args.study)).study
    found = review_findings(made, study)
    out.document(
        {"conclusion": made.conclusion, "hash": made.hash, "findings": [render(item, out.lang) for item in found]}
    )
    product = "" if study is None else study.product.name.best(out.lang)
    document = review.build(made.canonical(), product, out.lang)
    out.line(f"{document.title}: {document.headline}")
    out.findings(found)
    if path is not None:
        day = datetime.datetime.combine(datetime.date.fromisoformat(made.finished), datetime.time(), datetime.UTC)
        path.write_bytes(declaration.render(document, forms[path.suffix.lower()], day))
    return 1 if found else 0
