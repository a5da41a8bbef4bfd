"""Makes and keeps links: owns intents, NetworkManager profiles and activations."""
