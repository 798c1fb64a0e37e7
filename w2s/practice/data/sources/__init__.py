"""Pretrained networks and labelled data that ordinary packages of the registries carry.

Nothing is fetched here: the user has the archives, `packages` unpacks and checks them, and the
other modules read what they hold.
"""
