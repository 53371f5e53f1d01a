"""Django's management commands that this project gives its own form."""
