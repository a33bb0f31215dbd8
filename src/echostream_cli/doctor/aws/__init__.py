"""Questions that only AWS answers, asked of a real account: `make doctor AWS=1`."""
