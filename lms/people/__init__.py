"""Organisations, accounts and sign-in; participants and the agents that stand for them."""
