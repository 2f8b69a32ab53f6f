package expression

import "testing"

func TestFormerAddressIsTheOneThatCDKTFGave(t *testing.T) {
	// As stacks/testdata/addresses.txt had it.
	const want = "aws_lb_listener.load-balancer_listener_DF3231AC"
	if got := FormerAddress("aws_lb_listener", "load-balancer", "listener"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
