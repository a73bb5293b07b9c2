"""Migration Console: the app in `dashboard`, and what `celery -A` loads."""
