"""How to choose: one strategy a file, plain numbers in, a place among them out."""
