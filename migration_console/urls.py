from __future__ import annotations

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.http import HttpResponse
from django.urls import path, re_path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    # Browsers ask for it unasked; an error in their console would be noise.
    path("favicon.ico", lambda request: HttpResponse(status=204)),
    # Any WSGI server shows the demonstration with its styles, DEBUG or not.
    # A production site serves its static files itself.
    re_path(r"^static/(?P<path>.+)$", serve, {"insecure": True}),
]
