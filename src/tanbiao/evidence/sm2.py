"""SM2 signatures with SM3 (GB/T 32918.2-2016 and .5-2017; GB/T 32905-2016), over plain integers.

No library that is well kept and permissively licensed offers SM2 for Python, so it stands here, held to the standard's
own examples by tests; SM3 is that of the cryptography library. Python's integers don't take the same time for every
value: whoever can measure the signer's time to the microsecond might learn of a key. The signer is a process of its own
that answers on a local socket; where that is not enough, keep ES256 or let a device sign.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
"""The recommended curve of GB/T 32918.5-2017."""
USER_ID = b"1234567812345678"
"""The identifier that is hashed with a key where nothing else is agreed (GB/T 35276-2017, 10)."""

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


def sm3(data: bytes) -> bytes:
    """Return the SM3 hash, 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not y or not z:
        return _INFINITY
    square = y * y % P
    s = 4 * x * square % P
    z2 = z * z % P
    m = 3 * (x - z2) * (x + z2) % P  # a is p − 3
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * square * square) % P, 2 * y * z % P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    if not left[2]:
        return right
    if not right[2]:
        return left
    (x1, y1, z1), (x2, y2, z2) = left, right
    a, b = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * b % P, x2 * a % P
    s1, s2 = y1 * b * z2 % P, y2 * a * z1 % P
    if u1 == u2:
        return _double(left) if s1 == s2 else _INFINITY
    h, r = (u2 - u1) % P, (s2 - s1) % P
    h2 = h * h % P
    h3, v = h2 * h % P, u1 * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return x3, (r * (v - x3) - s1 * h3) % P, h * z1 * z2 % P


def _times(scalar: int, point: Point) -> _Jacobian:
    """Multiply, doing the same steps for every bit (a ladder of two points)."""
    low, high = _INFINITY, (*point, 1)
    for at in range(255, -1, -1):
        if scalar >> at & 1:
            low, high = _add(low, high), _double(high)
        else:
            low, high = _double(low), _add(low, high)
    return low


def _affine(point: _Jacobian) -> Point | None:
    x, y, z = point
    if not z:
        return None
    inverse = pow(z, -1, P)
    return x * inverse * inverse % P, y * inverse * inverse * inverse % P


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve."""

    x: int
    y: int

    def __post_init__(self) -> None:
        """Refuse what is no point of the curve.

        Raises
        ------
        ValueError
            It is none.
        """
        inside = 0 <= self.x < P and 0 <= self.y < P
        if not inside or (self.y * self.y - (self.x**3 + A * self.x + B)) % P:
            raise ValueError("no point of the SM2 curve")

    def za(self) -> bytes:
        """Return the hash of identifier, curve and key that goes before the message (GB/T 32918.2, 5.5)."""
        length = (len(USER_ID) * 8).to_bytes(2, "big")
        parts = b"".join(number.to_bytes(32, "big") for number in (A, B, *G, self.x, self.y))
        return sm3(length + USER_ID + parts)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether 64 bytes r ‖ s are this key's signature of a message (GB/T 32918.2, 7.1)."""
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if not (1 <= r < N and 1 <= s < N) or not (t := (r + s) % N):
            return False
        found = _affine(_add(_times(s, G), _times(t, (self.x, self.y))))
        e = int.from_bytes(sm3(self.za() + message), "big")
        return found is not None and (e + found[0]) % N == r


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """A private number; ``repr`` does not show it."""

    d: int

    def __post_init__(self) -> None:
        """Refuse a number outside 1 … n − 2.

        Raises
        ------
        ValueError
            It is outside.
        """
        if not 1 <= self.d <= N - 2:
            raise ValueError("no private key of SM2")

    def __repr__(self) -> str:
        return "Sm2PrivateKey(…)"

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        """Return a fresh key."""
        return cls(secrets.randbelow(N - 2) + 1)

    def public_key(self) -> Sm2PublicKey:
        """Return the public point."""
        found = _affine(_times(self.d, G))
        assert found is not None
        return Sm2PublicKey(*found)

    def sign(self, message: bytes, *, nonce: int | None = None) -> bytes:
        """Return the signature r ‖ s, 64 bytes (GB/T 32918.2, 6.1); ``nonce`` only for the standard's example."""
        e = int.from_bytes(sm3(self.public_key().za() + message), "big")
        while True:
            k = secrets.randbelow(N - 1) + 1 if nonce is None else nonce
            point = _affine(_times(k, G))
            assert point is not None
            r = (e + point[0]) % N
            s = pow(1 + self.d, -1, N) * (k - r * self.d) % N
            if r and r + k != N and s:
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
