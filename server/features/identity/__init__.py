"""Accounts, sign-in and sessions: who somebody is, and on which device.

Owns the tables `user` and `session`. Offers `Identity` (the use cases), its `sessions` (what the
guard asks on every request) and `routes.blueprint`.
"""
