"""Publish a workspace: validate, infer, write and describe it, shard by shard."""
