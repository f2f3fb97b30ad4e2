"""Closed forms from the literature: first stock levels are sized with them, and the engines are tested against them."""
