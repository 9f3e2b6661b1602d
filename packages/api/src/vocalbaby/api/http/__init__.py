"""HTTP requests and responses: forms, archives, schemas and problem documents."""
