"""The radio stack from connection's side: what NetworkManager, wpa_supplicant and the kernel show, and are asked."""
