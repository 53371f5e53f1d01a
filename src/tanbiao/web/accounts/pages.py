"""Pages of accounts: joining, my organisation with members and tokens, my profile."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tanbiao.core.findings import TanbiaoError
from tanbiao.web.access import PUBLIC, SIGNED_IN, access
from tanbiao.web.accounts import commands, identifiers, pages_reader_keys, queries
from tanbiao.web.accounts.actor import SESSION_KEY, actor_of
from tanbiao.web.accounts.forms import EnterForm, JoinForm, MemberForm, PasswordForm, ProfileForm, TokenForm
from tanbiao.web.accounts.models import Organisation
from tanbiao.web.accounts.roles import Kind, Role
from tanbiao.web.commanding import NotFound, allowed

CHECKED_WORDS = {
    "uscc": lazy("both check characters of the credit code; no register was asked"),
    "lei": lazy("the check digits of the LEI (ISO 17442); no register was asked"),
    "hk_form": lazy("only the form of the Hong Kong business registration; no register was asked"),
    "named": lazy("nothing but that register and number are there; no register was asked"),
}
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@access(PUBLIC)
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Register an organisation and sign its first person in."""
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = commands.join(actor_of(request), **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            login(request, account, backend=BACKEND)
            messages.success(request, _("Your organisation is registered, and you are its manager."))
            return redirect("desk")
    return render(request, "accounts/join.html", {"form": form}, status=422 if form.errors else 200)


@access("accounts.register_organisation")
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a certification body, an authority or another organisation with its first person."""
    actor = actor_of(request)
    form = EnterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = commands.enter_organisation(actor, **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("%(name)s is entered; tell the first password in person.") % {"name": made})
            return redirect("accounts:enter")
    known = [(one, Kind(one.kind).label) for one in queries.public_organisations(actor)]
    status = 422 if form.errors else 200
    return render(request, "accounts/enter.html", {"form": form, "known": known}, status=status)


@access(SIGNED_IN)
@require_GET
def organisation(request: HttpRequest) -> HttpResponse:
    """Show the actor's organisation."""
    return _organisation(request)


def _organisation(
    request: HttpRequest,
    *,
    member_form: MemberForm | None = None,
    password_form: PasswordForm | None = None,
    token_form: TokenForm | None = None,
    secret: str = "",
) -> HttpResponse:
    actor = actor_of(request)
    if actor.organisation is None:
        return render(request, "desk.html")
    found = queries.my_organisation(actor)
    manages = allowed(actor, "accounts.manage_members", found)
    wrong = any(form is not None and form.errors for form in (member_form, password_form, token_form))
    context = {
        "organisation": found,
        "kind": Kind(found.kind).label,
        "checked": CHECKED_WORDS[identifiers.checked_as(found.jurisdiction, found.uscc, found.foreign_id)],
        "organisations": queries.my_organisations(actor),
        "members": queries.members(actor),
        "tokens": queries.my_tokens(actor),
        "manages": manages,
        "member_form": (member_form or MemberForm(Kind(found.kind))) if manages else None,
        "password_form": (password_form or PasswordForm(prefix="reset")) if manages else None,
        "token_form": token_form or TokenForm(),
        "secret": secret,
    }
    return render(request, "accounts/organisation.html", context, status=422 if wrong else 200)


@access("accounts.manage_members")
@require_POST
def add_member(request: HttpRequest) -> HttpResponse:
    """Add a member, or give one a further role."""
    actor = actor_of(request)
    found = queries.my_organisation(actor)
    form = MemberForm(Kind(found.kind), request.POST)
    if form.is_valid():
        try:
            commands.add_member(actor, organisation_id=found.id, **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("The member was added."))
            return redirect("accounts:organisation")
    return _organisation(request, member_form=form)


@access("accounts.manage_members")
@require_POST
def set_password(request: HttpRequest) -> HttpResponse:
    """Give a member a new first password."""
    actor = actor_of(request)
    form = PasswordForm(request.POST, prefix="reset")
    if form.is_valid():
        try:
            commands.set_password(actor, organisation_id=queries.my_organisation(actor).id, **form.cleaned_data)
        except TanbiaoError as error:
            form.add_problem(error)
        else:
            messages.success(request, _("The new password holds from now on; tell it to the member in person."))
            return redirect("accounts:organisation")
    return _organisation(request, password_form=form)


@access("accounts.manage_members")
@require_POST
def end_role(request: HttpRequest, person_id: UUID, role: str) -> HttpResponse:
    """End a member's role."""
    actor = actor_of(request)
    if role not in Role.values:
        raise NotFound.of("role_not_held", "role", role=role)
    found = queries.my_organisation(actor)
    commands.revoke_role(actor, organisation_id=found.id, person_id=person_id, role=Role(role))
    messages.success(request, _("The role was ended."))
    return redirect("accounts:organisation")


@access("accounts.make_token")
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show its secret, this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _organisation(request, token_form=form)
    _token, secret = commands.make_token(actor_of(request), name=form.cleaned_data["name"])
    response = _organisation(request, secret=secret)
    response["Cache-Control"] = "no-store"
    return response


@access("accounts.make_token")
@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """End a token."""
    commands.revoke_token(actor_of(request), token_id=token_id)
    messages.success(request, _("The token was revoked."))
    return redirect("accounts:organisation")


@access(SIGNED_IN)
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another of the person's organisations."""
    wanted = request.POST.get("organisation", "")
    mine: dict[str, Organisation] = {str(one.id): one for one in queries.my_organisations(actor_of(request))}
    if wanted not in mine:
        raise NotFound.of("organisation_unknown", "organisation")
    request.session[SESSION_KEY] = wanted
    return HttpResponseRedirect(reverse("desk"))


@access("accounts.profile")
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change how the person's name is written, and where to find the second factor."""
    actor = actor_of(request)
    if actor.person is None:
        raise NotFound.of("person_unknown")
    initial = {"name_zh": actor.person.name_zh, "name_en": actor.person.name_en}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        commands.set_profile(actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


urlpatterns = [
    path("join/", join, name="join"),
    path("organisations/enter/", enter, name="enter"),
    path("organisation/", organisation, name="organisation"),
    path("organisation/members/", add_member, name="add_member"),
    path("organisation/passwords/", set_password, name="set_password"),
    path("organisation/members/<uuid:person_id>/<slug:role>/end/", end_role, name="end_role"),
    path("organisation/tokens/", make_token, name="make_token"),
    path("organisation/tokens/<uuid:token_id>/revoke/", revoke_token, name="revoke_token"),
    path("organisation/switch/", switch, name="switch"),
    path("profile/", profile, name="profile"),
    *pages_reader_keys.urlpatterns,
]
