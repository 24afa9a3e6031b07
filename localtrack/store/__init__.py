"""The only code that knows SQL: connection and write lock, tables, ingest."""
