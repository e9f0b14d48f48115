"""Conversations and turns.

Owns the tables of `schema.tables.chat`. A user message and all that Claude does to answer it is a
turn: a task of the server (`engine`, `turn`), whose events live in memory (`live`) and in a journal
(`journal`) until the answer is stored. Connections only watch. Offers `ChatService` to the edge.
"""
