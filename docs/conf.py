"""How Sphinx builds the site; ``make site`` runs it, after scripts/make_site.py has written docs/reference."""

from notsock import __version__

project = "notsock"
author = "the notsock authors"
copyright = "the notsock authors; Apache 2.0"  # noqa: A001 - Sphinx's name
release = version = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"notsock {__version__}"
html_static_path = ["_static"]
html_css_files = ["notsock.css"]
html_show_sourcelink = False
html_copy_source = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a page may begin a table's part at the third level
nitpicky = True
pygments_style = "default"
pygments_dark_style = "monokai"
