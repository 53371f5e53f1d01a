"""Label schemes on this platform: the packaged documents, what an operator unlocked, the bodies approved."""
