"""The public register: certificates, their versions and status, and the page that verifies a label."""
