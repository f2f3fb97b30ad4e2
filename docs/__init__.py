"""The documentation: pages in Markdown, and the programs that make and show them."""
