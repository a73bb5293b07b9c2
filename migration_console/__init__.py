"""The project around the dashboard: settings, Celery, sample app, demonstration."""
