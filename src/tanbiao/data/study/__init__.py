"""Tables of the study engine."""
