"""The links of a mail: signed, each for one act and one address, so that an old one does nothing after a change."""

from __future__ import annotations

from django.core import signing

from tanbiao.web.commanding import NotFound
from tanbiao.web.desks.models import MailChoice

SALT = "tanbiao.desks.mail"
ACTS = ("confirm", "stop")


def sign(choice: MailChoice, act: str) -> str:
    """Return the token of an act on a choice."""
    return signing.dumps([str(choice.id), act, choice.address], salt=SALT, compress=True)


def read(token: str) -> tuple[str, str, str]:
    """Return (choice, act, address) of a token.

    Raises
    ------
    NotFound
        ``mail_token_unknown``
    """
    try:
        choice, act, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound.of("mail_token_unknown") from error
    return choice, act, address
