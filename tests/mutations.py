"""Damaged copies of files, the same on every run: what happens to data between two programs, and what malice adds."""

import random
import re
from collections.abc import Iterator, Mapping

_NASTY = (
    b"NaN", b"1e999", b"-1", b"0", b'""', b"null", b"{}", b"[]", b"1,5", b"1.234,5", b"\\u0000", b"\\ud800",
    b"\xff\xfe", b"\x00",
    b"&lt;", b"&", b"<", b"]]>", b"99999999999999999999999999", b"true", b"[[[[", b"(((((", "，".encode(), b"\xc7\xd1",
)  # fmt: skip
_WORD = re.compile(rb"[A-Za-z0-9.:@_-]{1,60}")
_VALUES = (b"", b"0", b"-1", b"NaN", b"inf", b"1e999", b"1,5", b"abc", b"0/0", b"a^b^c", b"a+b", b"true", b"9" * 50)
_PLACES = re.compile(rb'(?<==")[^"<>]*(?=")|(?<=>)[^<>]+(?=<)|(?<=[;\n])[^;\n<>]+(?=[;\n])|(?<=: ")[^"]+(?=")')
_PARTS = re.compile(rb'<(\w+)\b[^<>]*(?:/>|>[^<>]*</\1>)| \w+="[^"]*"|\n[^\n<>]+(?=\n)')


def mutated(files: Mapping[str, bytes], count: int, seed: int | str = 7) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield (what was done, files) with one to three members damaged in one to four places each."""
    names = sorted(files)
    for number in range(count):
        draw = random.Random(f"{seed}:{number}")
        damaged = dict(files)
        done = []
        for name in draw.sample(names, min(len(names), draw.randint(1, 3))):
            for _ in range(draw.randint(1, 4)):
                damaged[name], what = _damage(damaged[name], draw)
                done.append(f"{name}: {what}")
        yield f"{number}: " + "; ".join(done), damaged


def copies(files: Mapping[str, bytes], count: int, seed: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield (what was done, files): every second copy stays well formed and says something wrong, the others break."""
    broken = mutated(files, (count + 1) // 2, seed)
    names = sorted(files)
    for number in range(count):
        if number % 2:
            draw = random.Random(f"{seed}:bent:{number}")
            chosen = draw.sample(names, min(len(names), draw.randint(1, 3)))
            bent_files = {name: bent(files[name], draw) for name in chosen}
            yield f"{number}: bent {', '.join(chosen)}", {**files, **bent_files}
        else:
            yield next(broken)


def bent(data: bytes, draw: random.Random) -> bytes:
    """Return a copy that is well formed and wrong: values replaced, parts removed or repeated."""
    for _ in range(draw.randint(1, 5)):
        pattern = _PLACES if draw.random() < 0.6 else _PARTS
        found = [match.span() for match in pattern.finditer(data)]
        if found:
            begin, end = draw.choice(found)
            new = draw.choice(_VALUES) if pattern is _PLACES else draw.choice((b"", data[begin:end] * 2))
            data = data[:begin] + new + data[end:]
    return data


def _damage(data: bytes, draw: random.Random) -> tuple[bytes, str]:
    if not data:
        return draw.choice(_NASTY), "filled"
    kind = draw.choice(("cut", "delete", "repeat", "flip", "word", "word", "word", "swap", "insert"))
    at = draw.randrange(len(data))
    if kind == "cut":
        return data[:at], f"cut at {at}"
    size = draw.choice((1, 8, 60, 600))
    if kind == "delete":
        return data[:at] + data[at + size :], f"deleted {size} at {at}"
    if kind == "repeat":
        return data[: at + size] + data[at:], f"repeated {size} at {at}"
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ draw.randint(1, 255)]) + data[at + 1 :], f"flipped {at}"
    nasty = draw.choice(_NASTY)
    if kind == "insert":
        return data[:at] + nasty + data[at:], f"inserted {nasty!r} at {at}"
    found = _WORD.search(data, at)
    if found is None:
        return data + nasty, f"appended {nasty!r}"
    if kind == "swap":
        other = _WORD.search(data, draw.randrange(len(data)))
        new = other.group() if other else nasty
    else:
        new = nasty
    return data[: found.start()] + new + data[found.end() :], f"{found.group()[:20]!r} became {new[:20]!r}"
