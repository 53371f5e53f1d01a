"""``tanbiao declare STUDY --out FILE``: the short public declaration of a product carbon footprint."""

from __future__ import annotations

import argparse
from pathlib import Path

from tanbiao.cli.console import Console
from tanbiao.cli.offline.calculate import load_rule_of, load_study
from tanbiao.core.findings import TanbiaoError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("study", metavar="STUDY", help="研究文件：YAML、JSON 或 Excel 模板 / study file")
    parser.add_argument("--out", metavar="FILE", help="声明：.html、.pdf 或 .docx / declaration")
    parser.add_argument("--by", default="", metavar="NAME", help="声明人 / who declares it")
    parser.add_argument("--no-stages", action="store_true", help="不列各阶段数值 / without the split by stage")
    parser.add_argument("--release", metavar="R", help="发布包名称、路径或 名称@哈希 / name, path or name@hash")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="样本数 / samples")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="随机种子 / seed")
    parser.add_argument("--data", metavar="DIR", help="平台数据目录 / the platform's data directory")


def run(args: argparse.Namespace, out: Console) -> int:
    """Calculate and declare; 0 done, 1 the result may not be declared, 2 no result."""
    from tanbiao.documents import declaration, typeset
    from tanbiao.documents.report import stamp

    path = None if args.out is None else Path(args.out)
    forms = {f".{form}": form for form in declaration.FORMS}
    if path is not None and (path.suffix.lower() not in forms or not path.parent.is_dir()):
        raise TanbiaoError.of("report_path", args.out, suffixes=" ".join(forms))
    if path is not None and path.suffix.lower() == ".pdf":
        typeset.require(args.out)
    loaded = load_study(Path(args.study))
    if loaded.study is None:
        raise TanbiaoError(*loaded.findings)
    rule, notes = load_rule_of(loaded.study.rule, args.data)
    from tanbiao.core.lca.release_find import DEFAULT, find_release
    from tanbiao.core.standing import notice_of
    from tanbiao.core.study import calculate

    release = find_release(args.release or loaded.study.release or DEFAULT, data_dir=args.data)
    result = calculate(loaded.study, release, rule, samples=args.samples, seed=args.seed)
    body = result.with_findings(*loaded.findings, *notes).as_json(out.lang)
    try:
        made = declaration.build(
            body,
            loaded.study.canonical(),
            out.lang,
            declarant=args.by,
            notes=[release.statement[out.lang]],
            stages=not args.no_stages,
        )
    except TanbiaoError as error:
        out.document({"declared": body["declared"], "findings": body["findings"]})
        out.findings(error.findings)
        return 1
    notice = notice_of(body)
    told = {"declared": body["declared"], "unit": body["total"]["unit"], "study": body["study"], "rule_notice": notice}
    out.document(told)
    out.line(f"{made.product}: {made.headline} {made.unit}")
    if notice is not None:
        out.line(notice[out.lang])
    if path is not None:
        path.write_bytes(declaration.render(made, forms[path.suffix.lower()], stamp(body)))
        out.text(f"声明已写入 {path}", f"declaration written to {path}")
    return 0
