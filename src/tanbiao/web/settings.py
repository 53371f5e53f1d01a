"""Django's settings. What depends on the place of installation is read in :mod:`tanbiao.web.environment`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from tanbiao import __version__
from tanbiao.web import environment
from tanbiao.web.features import FEATURES

ENVIRONMENT = environment.Environment.read(os.environ)
WEB = Path(__file__).resolve().parent

TANBIAO_DATA = ENVIRONMENT.data
TANBIAO_BASE_URL = ENVIRONMENT.base_url
TANBIAO_DEMO = ENVIRONMENT.demo
TANBIAO_OPERATOR = {"zh": ENVIRONMENT.operator_zh, "en": ENVIRONMENT.operator_en}
TANBIAO_SIGNER = ENVIRONMENT.signer
TANBIAO_IIID_RESOLVER = ENVIRONMENT.iiid_resolver
TANBIAO_OPEN_LICENCE = ENVIRONMENT.open_licence
TANBIAO_OUTGOING_NETWORKS = ENVIRONMENT.outgoing
TANBIAO_WITNESSES = ENVIRONMENT.witnesses
TANBIAO_VERSION = __version__
TANBIAO_MAX_UPLOAD_BYTES = 25 * 1024 * 1024
"""Largest request body; project default, not official."""

DEBUG = ENVIRONMENT.debug
SECRET_KEY = SimpleLazyObject(lambda: environment.secret_key(TANBIAO_DATA))
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.base_url]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tanbiao.web.apps.WebConfig",
    *(f"tanbiao.web.{name}" for name in FEATURES),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "ninja",
    "django_cotton",
]

MIDDLEWARE = [
    "tanbiao.web.security.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tanbiao.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tanbiao.web.security.UploadLimit",
    "allauth.account.middleware.AccountMiddleware",
    "tanbiao.web.problems.ProblemMiddleware",
    "tanbiao.web.access.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "tanbiao.web.urls"
WSGI_APPLICATION = "tanbiao.web.wsgi.application"
APPEND_SLASH = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tanbiao.web.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "tanbiao.web.templatetags.tanbiao"],
        },
    }
]

DATABASES = {"default": environment.database(ENVIRONMENT.database_url, TANBIAO_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"

ACCOUNT_ADAPTER = "tanbiao.web.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Wrong passwords are counted by axes in the database, which all processes share; this library counts in memory.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": "120/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tanbiao"
globals().update(environment.mail(ENVIRONMENT))
"""``EMAIL_…`` and ``DEFAULT_FROM_EMAIL``: the digest of the desks is the only mail of this platform."""

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_CALLABLE = "tanbiao.web.problems.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W003", "models.W040"]
"""SQLite leaves out the columns that an index only carries; it reads the rows instead (models.W040)."""

SESSION_COOKIE_NAME = "tanbiao_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_COOKIE_NAME = "tanbiao_csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
CSRF_FAILURE_VIEW = "tanbiao.web.problems.csrf_failure"

DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 30_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 5_000
"""A folder of loose dataset files is some thousands; all together stay below TANBIAO_MAX_UPLOAD_BYTES."""

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "tanbiao_language"
LOCALE_PATHS = [WEB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [WEB / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tanbiao.web.assets.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "tanbiao": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
    },
}
