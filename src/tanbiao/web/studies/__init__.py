"""Studies: revisions of a product's footprint study, their results, their submission."""
