"""The actor that calls other programs when a link comes, is doubted, and goes."""
