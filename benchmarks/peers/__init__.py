"""What a user could train instead of ours: small, careful implementations of three peers, one file each."""
