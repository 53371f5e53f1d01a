"""What a factor release would change: which figures lean on which factors, how far they would move, who must act."""
