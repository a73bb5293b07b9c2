"""Popular reusable apps, side by side in one project."""

from __future__ import annotations

from schema_sites.common import *  # noqa: F403
from schema_sites.common import (
    CONSOLE,
    CONTRIB,
    MIDDLEWARE,
    SILENCED_SYSTEM_CHECKS,
    ordered,
)

INSTALLED_APPS = ordered(
    [
        *CONTRIB,
        "django.contrib.flatpages",
        "django.contrib.humanize",
        "django.contrib.redirects",
        "actstream",
        "allauth",
        "allauth.account",
        "allauth.mfa",
        "allauth.socialaccount",
        "auditlog",
        "avatar",
        "axes",
        "colorfield",
        "admin_interface",
        "constance",
        "django_celery_beat",
        "django_celery_results",
        "django_comments",
        "django_nyt",
        "django_otp",
        "django_otp.plugins.otp_email",
        "django_otp.plugins.otp_hotp",
        "django_otp.plugins.otp_static",
        "django_otp.plugins.otp_totp",
        "django_q",
        "easy_thumbnails",
        "explorer",
        "filer",
        "guardian",
        "invitations",
        "mptt",
        "newsletter",
        "oauth2_provider",
        "organizations",
        "photologue",
        "post_office",
        "push_notifications",
        "rest_framework",
        "rest_framework.authtoken",
        "rest_framework_api_key",
        "rest_framework_simplejwt.token_blacklist",
        "reversion",
        "sekizai",
        "silk",
        "simple_history",
        "sorl.thumbnail",
        "sortedm2m",
        "taggit",
        "user_sessions",
        "waffle",
        "watson",
        "wiki.apps.WikiConfig",
        "wiki.plugins.attachments.apps.AttachmentsConfig",
        "wiki.plugins.images.apps.ImagesConfig",
        "wiki.plugins.notifications.apps.NotificationsConfig",
        *CONSOLE,
    ]
)
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_CONFIG = {"ANSWER": (42, "a number")}
NEWSLETTER_THUMBNAIL = "sorl-thumbnail"
NEWSLETTER_RICHTEXT_WIDGET = "django.forms.Textarea"
MEDIA_ROOT = "media"
# Of pages, which there are none of.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "wiki.E009"]
