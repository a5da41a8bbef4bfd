"""The actor that probes live links and judges them: alive, suspect, dead."""
