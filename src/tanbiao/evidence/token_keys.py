"""Keys in a device (a hardware security module, a smart card, a token) by PKCS#11, OASIS v2.40 and v3.0.

The device makes the pair, marks the secret half sensitive and not extractable, and signs: ES256 by ``CKM_ECDSA`` over
SHA-256, EdDSA by ``CKM_EDDSA`` where the device has it. SM2 has no mechanism in PKCS#11 but vendors' own, so it is
refused here. What the folder keeps of a key is only by which id the device knows it (``<kid>.token``). Each signature
is checked with the published key before it leaves: a device that was exchanged can't sign under another's name.

The extra ``hsm`` brings python-pkcs11 (MIT); it is imported when a device is first needed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tanbiao.core.findings import TanbiaoError
from tanbiao.evidence.encoding import strict_json
from tanbiao.evidence.keys import (
    Algorithm,
    DeviceKey,
    KeyInfo,
    PrivateKey,
    PublicKey,
    algorithm_of,
    load_jwk,
    verify_signature,
    write_private,
)

SETTINGS = "token.json"
"""File of the signer's folder that names the device."""
_CURVES = {"ES256": "secp256r1", "EdDSA": "1.3.101.112"}
_ID_LENGTH = 16
_LOCK = threading.Lock()
"""A login counts for all of a process's sessions: one caller at a time."""
_REFUSED: set[tuple[str, str, str]] = set()
"""PINs that a device refused to this process: they are not tried again, because a device locks itself after few."""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Which device: the vendor's PKCS#11 module, the token's label, and the file that holds its user PIN."""

    module: str
    label: str
    pin_file: str

    @classmethod
    def read(cls, folder: Path) -> TokenSettings | None:
        """Read the settings of a signer's folder; None where it has none, and keys are files.

        Raises
        ------
        TanbiaoError
            ``token_settings_malformed``.
        """
        path = Path(folder) / SETTINGS
        if not path.exists():
            return None
        try:
            body = strict_json(path.read_bytes(), 4096)
            return cls(*(str(body[name]) for name in ("module", "label", "pin_file")))
        except (KeyError, TypeError, TanbiaoError) as error:
            raise TanbiaoError.of("token_settings_malformed", str(path)) from error

    def write(self, folder: Path) -> None:
        """Write the settings into a signer's folder."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(folder / SETTINGS, json.dumps(asdict(self), ensure_ascii=False).encode(), replace_existing=True)


class TokenVault:
    """The vault of :class:`~tanbiao.evidence.keys.KeyStore` whose secret halves lie in a device.

    Parameters
    ----------
    path
        The store's folder, for the ids by which the device knows the keys.
    settings
        Which device.
    """

    def __init__(self, path: Path, settings: TokenSettings) -> None:
        self.path = Path(path)
        self._settings = settings

    def make(self, kind: Algorithm) -> PrivateKey:
        """Have the device make a pair.

        Raises
        ------
        TanbiaoError
            ``key_algorithm``: SM2; ``token_unusable``; ``token_extra_missing``.
        """
        if kind not in _CURVES:
            raise TanbiaoError.of("key_algorithm", self._settings.label, purpose="token", algorithm=kind)
        place = secrets.token_bytes(_ID_LENGTH)
        with self._session(write=True) as session:
            from pkcs11 import Attribute, KeyType, Mechanism
            from pkcs11.util.ec import encode_named_curve_parameters

            edwards = kind == "EdDSA"
            curve = session.create_domain_parameters(
                KeyType.EC_EDWARDS if edwards else KeyType.EC,
                {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[kind])},
                local=True,
            )
            public, _ = curve.generate_keypair(
                store=True,
                id=place,
                label="tanbiao",
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN,
                private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            return TokenKey(self, place, _public_of(bytes(public[Attribute.EC_POINT]), kind))

    def makes(self, kind: Algorithm) -> bool:
        """Whether the device has the mechanisms for this algorithm.

        Raises
        ------
        TanbiaoError
            ``token_unusable``, ``token_extra_missing``.
        """
        if kind not in _CURVES:
            return False
        with self._session() as session:
            from pkcs11 import Mechanism

            known = _mechanisms(session)
            wanted = {Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA}
            if kind == "EdDSA":
                wanted = {Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA}
            return wanted <= known

    def keep(self, kid: str, private: PrivateKey) -> None:
        """Note by which id the device knows the key."""
        assert isinstance(private, TokenKey)
        write_private(self.path / f"{kid}.token", f"{private.place.hex()}\n".encode())

    def holds(self, kid: str) -> bool:
        """Whether the key is one of the device's."""
        return (self.path / f"{kid}.token").exists()

    def load(self, info: KeyInfo) -> PrivateKey:
        """Return the key; the device is not asked before something is to be signed.

        Raises
        ------
        TanbiaoError
            ``key_unusable``.
        """
        try:
            place = bytes.fromhex((self.path / f"{info.kid}.token").read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise TanbiaoError.of("key_unusable", info.kid, reason=str(error)) from error
        return TokenKey(self, place, load_jwk(info.jwk))

    def signature(self, place: bytes, message: bytes, kind: Algorithm) -> bytes:
        """Have the device sign; 64 bytes.

        Raises
        ------
        TanbiaoError
            ``token_unusable``, ``token_extra_missing``.
        """
        with self._session() as session:
            from pkcs11 import KeyType, Mechanism, ObjectClass

            if kind == "EdDSA":
                key = session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC_EDWARDS, id=place)
                return bytes(key.sign(message, mechanism=Mechanism.EDDSA))
            key = session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC, id=place)
            return bytes(key.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA))

    @contextmanager
    def _session(self, *, write: bool = False) -> Iterator[Any]:
        """Open a session of the token's user; whatever the device says no with is one error here."""
        try:
            import pkcs11
            from pkcs11 import exceptions
        except ImportError as error:
            raise TanbiaoError.of("token_extra_missing") from error
        pin = self._pin()
        known = (self._settings.module, self._settings.label, hashlib.sha256(pin.encode()).hexdigest())
        if known in _REFUSED:
            raise self._unusable("PinIncorrect, not tried again")
        try:
            with _LOCK:
                token = pkcs11.lib(self._settings.module).get_token(token_label=self._settings.label)
                with token.open(rw=write, user_pin=pin) as session:
                    yield session
        except (exceptions.PinIncorrect, exceptions.PinLocked) as error:
            _REFUSED.add(known)
            raise self._unusable(type(error).__name__) from error
        except (exceptions.PKCS11Error, RuntimeError) as error:
            # Its errors often have no text: the name is what the standard calls the reason (CKR_…).
            raise self._unusable(f"{type(error).__name__} {error}".strip()) from error

    def _pin(self) -> str:
        try:
            return Path(self._settings.pin_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise self._unusable(f"PIN: {error.strerror}") from error

    def _unusable(self, reason: str) -> TanbiaoError:
        return TanbiaoError.of("token_unusable", self._settings.label, reason=reason[:160])


class TokenKey(DeviceKey):
    """A key of a device: the id by which the device knows it, and its public half."""

    def __init__(self, vault: TokenVault, place: bytes, public: PublicKey) -> None:
        self.place = place
        self._vault = vault
        self._public = public

    def __repr__(self) -> str:
        return f"TokenKey({self.place.hex()})"

    def public_key(self) -> PublicKey:
        """Return the public half."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return the device's signature, which holds under the published key.

        Raises
        ------
        TanbiaoError
            ``token_unusable``; ``key_unusable``: the device signed with another key.
        """
        kind = algorithm_of(self._public)
        signature = self._vault.signature(self.place, message, kind)
        if not verify_signature(self._public, kind, message, signature):
            raise TanbiaoError.of("key_unusable", self.place.hex(), reason="the device signs with another key")
        return signature


def _mechanisms(session: Any) -> set[Any]:
    """Return what the device of a session can do."""
    return set(session.token.slot.get_mechanisms())


def _public_of(point: bytes, kind: Algorithm) -> PublicKey:
    """Read CKA_EC_POINT: a DER OCTET STRING around the point (PKCS#11 v2.40), or the bare point that some give."""
    length = 32 if kind == "EdDSA" else 65
    bare = point[2:] if len(point) == length + 2 and point[:2] == bytes((4, length)) else point
    try:
        if kind == "EdDSA":
            return ed25519.Ed25519PublicKey.from_public_bytes(bare)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bare)
    except ValueError as error:
        raise TanbiaoError.of("key_unusable", reason=f"the device's point: {error}") from error
