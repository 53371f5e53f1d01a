"""The ``tanbiao`` command: finds the sub-command, imports only that, and turns failures into sentences."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tanbiao import __version__


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command: the module that has ``add_arguments`` and ``run``, what it does, and the extra it needs."""

    name: str
    module: str
    zh: str
    en: str
    extra: str | None = None


COMMANDS = (
    Command("calculate", "offline.calculate", "计算一份产品碳足迹研究", "calculate a study"),
    Command(
        "interpret",
        "offline.interpret",
        "解释结果：热点、完整性、一致性、方法敏感性、局限",
        "hot spots, completeness, consistency, sensitivity and limits of a result",
    ),
    Command(
        "compare-years",
        "offline.years",
        "同一产品两期之间的变化及其原因",
        "the change of one product between two periods, split by cause",
    ),
    Command(
        "carbon-market",
        "offline.market",
        "碳市场工序数据与研究核对、填入研究",
        "process-step data of the carbon market beside a study, and into it",
    ),
    Command(
        "compare",
        "offline.pair",
        "两份研究在同一背景样本上比较：A 低于 B 的概率与差值的分布",
        "two studies on the same draws: the probability that A is below B, and the difference",
    ),
    Command(
        "declare",
        "offline.declare",
        "产品碳足迹声明（简短、公开）",
        "the short public declaration of a product carbon footprint",
    ),
    Command("review", "offline.review", "检查并排版鉴定性评审记录", "check and set the record of a critical review"),
    Command("views", "offline.views", "同一研究在各体系参数下的结果", "a study under each scheme's parameters"),
    Command("inspect", "offline.inspect", "查看并检查数据集文件，不入库", "report on dataset files; nothing is stored"),
    Command(
        "export",
        "offline.exporting",
        "把数据集写成其他程序的格式，或把研究填入各体系的表格",
        "write datasets in formats of other programs, or a study in a scheme's form",
        "web",
    ),
    Command(
        "template", "offline.template", "空白 Excel 模板：数据集或研究", "an empty Excel template: datasets or a study"
    ),
    Command(
        "supplier",
        "offline.supplier",
        "核对供应商足迹（PACT v3）能否采用",
        "check whether a supplier's footprint can be used",
    ),
    Command("rules", "offline.rules", "列出、检查或测试产品种类规则", "list, check or test category rules"),
    Command("catalogue", "offline.catalogue", "产品类别、目录清单与开放条件", "categories, lists and what opens them"),
    Command(
        "precheck",
        "offline.precheck",
        "申请前：哪些标识制度开放、缺什么、要多久",
        "before applying: which label schemes are open, what is missing, how long it takes",
    ),
    Command(
        "release",
        "offline.release",
        "建立、列出、查看、比较因子发布版",
        "build, list, show and compare factor releases",
    ),
    Command(
        "verify", "offline.verify", "查验证书、凭证、标识或证据包", "verify a certificate, credential, label or bundle"
    ),
    Command("signer", "offline.signer", "独立的证书签署进程", "the signer of certificates, as a process of its own"),
    Command(
        "seal",
        "offline.seal",
        "为指定阅读者加密密封包，或只出示几行",
        "encrypt a sealed bundle for named readers, or show some of its rows",
    ),
    Command(
        "witness",
        "offline.witness",
        "透明日志的见证方：会签其他平台的检查点",
        "a witness that co-signs the checkpoints of other platforms' logs",
    ),
    Command("monitor", "offline.monitor", "从外部监察透明日志", "follow a transparency log from outside"),
    Command("reproduce", "offline.reproduce", "由证据包重算或核对数值", "recompute or check a figure from its bundle"),
    Command(
        "requirements", "offline.requirements", "政策要求及其实现情况", "the policy requirements and what meets each"
    ),
    Command("demo", "site.demo", "一条命令启动演示平台", "serve the platform with the demo world", "web"),
    Command("serve", "site.serve", "启动平台", "serve the platform", "web"),
    Command("import", "site.importing", "把数据集文件导入数据库", "read dataset files into the database", "web"),
    Command(
        "datasets",
        "site.datasets",
        "平台上的数据集：版本比较、最缺的因子、数据库发布版",
        "a platform's datasets: version diff, most-wanted missing factors, releases of its databases",
        "web",
    ),
    Command(
        "codes",
        "site.codes",
        "平台上分类代码的名称：导入、列出、查询",
        "names of classification codes on a platform: bring a table, list, look up",
        "web",
    ),
    Command(
        "lists",
        "site.lists",
        "平台上的主管部门清单：导入“两高”目录与优先清单、列出、对照",
        "lists of authorities on a platform: bring a two-high or priority list, list them, lay one beside the other",
        "web",
    ),
    Command("account", "site.account", "建立平台的第一批账号", "make the first accounts of a platform", "web"),
    Command("derive", "site.derive", "平台上的推导数据集", "derived datasets of a platform", "web"),
    Command("impact", "site.impact", "因子发布版对平台的影响", "what a factor release would change", "web"),
    Command(
        "rebuild",
        "site.rebuild",
        "由日志与快照重建公开登记簿",
        "make the public register again from log and snapshots",
        "web",
    ),
    Command("fsck", "site.fsck", "核对全部存储哈希与日志", "check every stored hash, log entry and checkpoint", "web"),
)


def _language(argv: Sequence[str]) -> str:
    """Return the language asked for, needed before the parser exists so that its help speaks it too."""
    for index, word in enumerate(argv):
        if word == "--lang" and index + 1 < len(argv):
            return "en" if argv[index + 1] == "en" else "zh"
        if word.startswith("--lang="):
            return "en" if word.endswith("=en") else "zh"
    chosen = os.environ.get("TANBIAO_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if chosen.lower().startswith("en") else "zh"


def _usage(lang: str) -> str:
    width = max(len(command.name) for command in COMMANDS)
    head = (
        "用法：tanbiao <命令> [参数] [--lang zh|en] [--json]"
        if lang == "zh"
        else ("usage: tanbiao <command> [arguments] [--lang zh|en] [--json]")
    )
    rows = [f"  {command.name:<{width}}  {command.zh if lang == 'zh' else command.en}" for command in COMMANDS]
    tail = (
        "每个命令的参数见 tanbiao <命令> --help。" if lang == "zh" else "tanbiao <command> --help tells its arguments."
    )
    return "\n".join([f"tanbiao {__version__}", head, "", *rows, "", tail])


def _parser(command: Command, lang: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"tanbiao {command.name}", description=command.zh if lang == "zh" else command.en
    )
    parser.add_argument("--lang", choices=("zh", "en"), default=lang, help="zh | en")
    parser.add_argument("--json", action="store_true", help="一个 JSON 文档" if lang == "zh" else "one JSON document")
    return parser


def _missing_extra(command: Command, error: ModuleNotFoundError, lang: str) -> int:
    if command.extra is None or (error.name or "").startswith("tanbiao"):
        raise error
    said = {
        "zh": f"命令 {command.name} 需要附加组件：pip install 'tanbiao[{command.extra}]'（缺少 {error.name}）",
        "en": f"{command.name} needs an extra: pip install 'tanbiao[{command.extra}]' ({error.name} is missing)",
    }
    print(said[lang], file=sys.stderr)
    return 2


def _run(command: Command, argv: Sequence[str], lang: str) -> int:
    module = importlib.import_module(f"tanbiao.cli.{command.module}")
    from tanbiao.cli.console import Console
    from tanbiao.core.findings import TanbiaoError, render

    parser = _parser(command, lang)
    module.add_arguments(parser)
    args = parser.parse_args(argv)
    out = Console("en" if args.lang == "en" else "zh", args.json)
    try:
        return int(module.run(args, out))
    except TanbiaoError as error:
        out.document({"findings": [render(item, out.lang) for item in error.findings]})
        out.findings(error.findings)
        return 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 done, 1 the answer is no, 2 the input or use is wrong."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _language(words)
    name = next((word for word in words if not word.startswith("-")), None)
    if words[:1] == ["--version"]:
        print(__version__)
        return 0
    command = next((item for item in COMMANDS if words[:1] == [item.name]), None)
    if command is None:
        asked_help = not words or words[0] in ("-h", "--help", "help")
        print(_usage(lang), file=sys.stdout if asked_help else sys.stderr)
        if not asked_help:
            said = {"zh": f"没有命令 {name or words[0]}", "en": f"there is no command {name or words[0]}"}
            print(said[lang], file=sys.stderr)
        return 0 if asked_help else 2
    try:
        return _run(command, words[1:], lang)
    except ModuleNotFoundError as error:
        return _missing_extra(command, error, lang)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader closed the pipe (tanbiao … | head): nothing is wrong, and nothing more can be said.
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
