"""The pages of the site that are made from the code: one module a kind of page, each a function to a list of pages."""
