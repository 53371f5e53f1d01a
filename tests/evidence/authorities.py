"""A time-stamp authority and a sealing service of this machine, with real certificates and real signatures."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tanbiao.evidence import eseals
from tanbiao.evidence.encoding import b64url
from tanbiao.evidence.keys import KeyInfo, SigningKey, public_jwk

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.99999.1"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def certified(
    name: str, key: Key, issuer: tuple[x509.Certificate, Key] | None, *, until: datetime = END, stamps: bool = False
) -> x509.Certificate:
    """Return a certificate: of a root where no issuer is given, for time stamping where told."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256())


class Authority:
    """A time-stamp authority: its root, and answers made by ``openssl ts``."""

    def __init__(self, folder: Path, *, until: datetime = END) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        root_key, key = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
        self.root = certified("Test root", root_key, None)
        signer = certified("Test TSA", key, (self.root, root_key), until=until, stamps=True)
        (folder / "root.pem").write_bytes(pem(self.root))
        (folder / "tsa.pem").write_bytes(pem(signer))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "tsa.key").write_bytes(private)
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa = one\n[one]\n"
            f"serial = {folder / 'serial'}\nsigner_cert = {folder / 'tsa.pem'}\nsigner_key = {folder / 'tsa.key'}\n"
            f"signer_digest = sha256\ndefault_policy = {POLICY}\ndigests = sha256\n"
            "accuracy = secs:1\ness_cert_id_alg = sha256\n"
        )

    def reply(self, query: bytes) -> bytes:
        """Answer a request."""
        asked, made = self.folder / "query.tsq", self.folder / "reply.tsr"
        asked.write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", str(self.folder / "ts.cnf"), "-queryfile", str(asked)]
        subprocess.run([*command, "-out", str(made)], check=True, capture_output=True)
        return made.read_bytes()


class Sealer:
    """Who seals: a key and its certificate."""

    def __init__(self, *, until: datetime = END) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = certified("Test seal", self.key, None, until=until)

    def seal(self, digest: str) -> bytes:
        """Return the detached JWS over ``sha256:<digest>``."""
        head = b64url(b'{"alg":"ES256"}')
        message = f"{head}.{b64url(f'sha256:{digest}'.encode())}".encode()
        info = KeyInfo("seal", "certificate", "ES256", public_jwk(self.key.public_key()), "")
        return f"{head}..{b64url(SigningKey(info, self.key).sign(message))}".encode()

    def over(self, data: bytes) -> bytes:
        """Return the seal over a file."""
        return self.seal(eseals.payload_of(data).decode().removeprefix("sha256:"))


def past() -> datetime:
    """Return a day gone by, for certificates that have ended."""
    return datetime.now(UTC) - timedelta(days=1)
