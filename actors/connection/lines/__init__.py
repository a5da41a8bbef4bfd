"""Connection's lines to the other actors, each over that actor's socket."""
