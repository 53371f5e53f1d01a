"""The desks: what waits for whom, the calendar and its feed, an authority's overview, and the digest by mail."""
