"""What a process shows of itself while it runs, and what it leaves behind when it does not any more."""
