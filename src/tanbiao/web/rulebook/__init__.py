"""The rulebook: category rules from the proposal through consultation, assessment, filing and adoption to their end."""
