"""Carries hails over Bluetooth LE: owns BlueZ's adapter, the GATT service and the advertising that wakes a peer."""
