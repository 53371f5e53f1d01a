"""The web service: a thin shell that stores, authorises and shows what the core says."""
