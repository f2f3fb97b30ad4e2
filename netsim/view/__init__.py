"""Views: tables, charts, maps and stories of results, and the commands that show them."""
