"""The recordings of an archive, in a folder, a ChildProject folder or a bucket, and their metadata."""
