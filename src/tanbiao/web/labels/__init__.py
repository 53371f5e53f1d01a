"""The label after issue: licences to use it, uses declared and sampled, and what a shop shows of it."""
