"""Knows databases and moves rows; never runs.

Nothing here imports the app's models, Celery, the admin or the settings.
"""
