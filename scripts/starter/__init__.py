"""How the starter release is made from the project's own copies of the published tables in ``data-sources``."""
