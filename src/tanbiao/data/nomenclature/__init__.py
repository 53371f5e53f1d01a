"""Foreign names, codes and units in the words of this project; each table with its source and licence."""
