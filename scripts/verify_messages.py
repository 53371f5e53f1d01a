"""Write ``web/static/js/verify-messages.js`` from the evidence message catalogue: one set of sentences for both
verifiers."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "src" / "tanbiao"
CATALOGUE = ROOT / "data" / "messages" / "evidence.json"
TARGET = ROOT / "web" / "static" / "js" / "verify-messages.js"
SHOWN = (
    "step_",
    "verdict_",
    "engine_",
    "jws_",
    "json_",
    "label_malformed",
    "credential_",
    "proof_",
    "pdf_",
    "document_",
    "claim_statement_",
)


def text() -> str:
    """Return the module's text: code → language → sentence, for every code that the browser can show."""
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    chosen = {
        code: {lang: " ".join(part for part in texts[lang] if part) for lang in ("zh", "en")}
        for code, texts in sorted(catalogue.items())
        if code.startswith((*SHOWN, "base_url_malformed"))
    }
    head = "/** Made by scripts/verify_messages.py from data/messages/evidence.json; do not edit. */\n"
    return f"{head}export const MESSAGES = {json.dumps(chosen, ensure_ascii=False, indent=2)};\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
