"""A small SVG writer: the same call gives the same bytes.

Numbers are written with at most two decimals, attributes in the order given, text escaped. There are no inline styles
and no scripts, so a picture works under a strict Content-Security-Policy; colours are presentation attributes, which
any style sheet of the page may override by class, and ink is ``currentColor``, so dark mode needs nothing else.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape as escape

from tanbiao.documents import fonts

NAMESPACE = "http://www.w3.org/2000/svg"
Value = str | float | int | None


def number(value: float) -> str:
    """Return a coordinate: two decimals, no trailing zeros, never "-0"."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, attributes: dict[str, Value] | None = None, *children: str) -> str:
    """Return one element; children are finished markup. Attributes of value None are left out."""
    parts = [name]
    for key, value in (attributes or {}).items():
        if value is None:
            continue
        if key == "style" or key.startswith("on"):
            raise ValueError("inline styles and handlers do not work under the content security policy")
        shown = value if isinstance(value, str) else number(value)
        parts.append(f'{key}="{escape(shown)}"')
    body = "".join(children)
    opening = " ".join(parts)
    return f"<{opening}>{body}</{name}>" if body else f"<{opening}/>"


def text(x: float, y: float, content: str, size: float, **attributes: Value) -> str:
    """Return a text element with its baseline at (x, y); ``content`` is plain text and is escaped here.

    Keyword attributes are spelled with underscores (``text_anchor``). Ink is ``currentColor`` unless ``fill`` is given.
    """
    spelled: dict[str, Value] = {"x": x, "y": y, "font-size": size, "fill": "currentColor"}
    spelled.update({key.replace("_", "-").rstrip("-"): value for key, value in attributes.items()})
    return element("text", spelled, _spans(content))


def _spans(content: str) -> str:
    pieces = fonts.runs(content)
    return "".join(
        f'<tspan font-family="{fonts.FALLBACK}, sans-serif">{escape(piece)}</tspan>' if behind else escape(piece)
        for piece, behind in pieces
    )


def rect(x: float, y: float, width: float, height: float, fill: str, **attributes: Value) -> str:
    """Return a rectangle."""
    spelled: dict[str, Value] = {"x": x, "y": y, "width": width, "height": height, "fill": fill}
    spelled.update({key.replace("_", "-").rstrip("-"): value for key, value in attributes.items()})
    return element("rect", spelled)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: Value) -> str:
    """Return a line in ink."""
    spelled: dict[str, Value] = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": "currentColor"}
    spelled.update({key.replace("_", "-").rstrip("-"): value for key, value in attributes.items()})
    return element("line", spelled)


def path(d: str, **attributes: Value) -> str:
    """Return a path of the given commands."""
    spelled: dict[str, Value] = {"d": d}
    spelled.update({key.replace("_", "-").rstrip("-"): value for key, value in attributes.items()})
    return element("path", spelled)


def picture(x: float, y: float, width: float, height: float, png: bytes) -> str:
    """Return a PNG in a box, scaled to fit and centred; its bytes stand in the picture, so that nothing is fetched."""
    spelled: dict[str, Value] = {
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "href": f"data:image/png;base64,{b64encode(png).decode('ascii')}",
        "preserveAspectRatio": "xMidYMid meet",
    }
    return element("image", spelled)


def hatch(
    identity: str, *, gap: float = 6, weight: float = 1.2, ink: str = "currentColor", ground: str = "none"
) -> str:
    """Return a pattern of diagonal lines: the sign for "not declared"."""
    box: dict[str, Value] = {
        "id": identity,
        "width": gap,
        "height": gap,
        "patternUnits": "userSpaceOnUse",
        "patternTransform": "rotate(45)",
    }
    floor = "" if ground == "none" else rect(0, 0, gap, gap, ground)
    strokes = line(gap / 2, 0, gap / 2, gap, stroke=ink, stroke_width=weight)
    return element("pattern", box, floor, strokes)


def identity(kind: str, *content: str) -> str:
    """Return an id that differs between different pictures on one page and is the same for the same picture."""
    digest = hashlib.sha256("\x1f".join((kind, *content)).encode()).hexdigest()[:10]
    return f"tb-{kind}-{digest}"


def document(
    body: str,
    *,
    width: float,
    height: float,
    title: str,
    description: str,
    kind: str,
    lang: str,
    millimetres: float | None = None,
    **attributes: Value,
) -> str:
    """Return a whole picture with ``role="img"``, title and description for those who do not see it.

    ``millimetres`` is the length of one unit of the drawing on paper; None for pictures of the screen.
    """
    name = identity(kind, title, description, body)
    root: dict[str, Value] = {
        "xmlns": NAMESPACE,
        "viewBox": f"0 0 {number(width)} {number(height)}",
        "width": width if millimetres is None else f"{number(width * millimetres)}mm",
        "height": height if millimetres is None else f"{number(height * millimetres)}mm",
        "role": "img",
        "lang": "zh-Hans" if lang == "zh" else "en",
        "class": f"tb-chart tb-{kind}",
        "aria-labelledby": f"{name}-t {name}-d",
        "font-family": fonts.STACK,
    }
    root.update({key.replace("_", "-"): value for key, value in attributes.items()})
    heading = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
    return element("svg", root, heading, body)
