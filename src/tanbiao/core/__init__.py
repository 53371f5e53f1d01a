"""What is true: pure functions over frozen values. No Django, no clock, no network, no global state."""
