"""The contract: model, reading, writing, checking, JSON Schema."""
