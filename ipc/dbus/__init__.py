"""The message bus and typed proxies of the services on it; decides nothing."""
