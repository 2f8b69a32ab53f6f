package scheduler

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	up := func(id string) member { return member{id: id, healthy: true, zone: id[:1]} }
	down := func(id string) member { return member{id: id, zone: id[:1]} }
	for name, c := range map[string]struct {
		limits       limits
		primary, old []member
		start        int
		stop         []string
	}{
		"a new service starts all":           {limits{2, 100, 200}, nil, nil, 2, nil},
		"a steady service does nothing":      {limits{2, 100, 200}, []member{up("a1"), up("b1")}, nil, 0, nil},
		"a deployment starts beside the old": {limits{2, 100, 200}, nil, []member{up("a1"), up("b1")}, 2, nil},
		"the maximum leaves room for one": {limits{2, 50, 150}, nil, []member{up("a1"), up("b1")}, 2,
			[]string{"a1"}},
		"nothing goes before it is replaced": {limits{2, 100, 200}, []member{down("a2"), down("b2")},
			[]member{up("a1"), up("b1")}, 0, nil},
		"one goes for one that is healthy": {limits{2, 100, 200}, []member{up("a2"), down("b2")},
			[]member{up("a1"), up("b1")}, 0, []string{"a1"}},
		"the unhealthy go first": {limits{2, 100, 200}, nil, []member{up("a1"), down("b1")}, 2, []string{"b1"}},
		"a maximum of 100 stops before it starts": {limits{2, 50, 100}, nil, []member{up("a1"), up("b1")}, 1,
			[]string{"a1"}},
		"fewer are desired": {limits{1, 100, 200}, []member{up("a1"), up("b1"), up("b2")}, nil, 0,
			[]string{"b1", "a1"}},
		"none are desired":         {limits{0, 100, 200}, []member{up("a1")}, nil, 0, []string{"a1"}},
		"a failed one is replaced": {limits{3, 100, 200}, []member{up("a1"), up("b1")}, nil, 1, nil},
		"the minimum is rounded up": {limits{3, 50, 200}, nil, []member{up("a1"), up("b1"), up("c1")}, 3,
			[]string{"a1"}},
		"the maximum is rounded down":     {limits{1, 0, 150}, nil, []member{up("a1")}, 1, []string{"a1"}},
		"the maximum is counted with old": {limits{3, 100, 150}, nil, []member{up("a1"), up("b1"), up("c1")}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start, stop := plan(c.limits, c.primary, c.old)
			if diff := cmp.Diff([]any{c.start, c.stop}, []any{start, stop}); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestBreakerThreshold(t *testing.T) {
	t.Parallel()
	for desired, want := range map[int]int{1: 3, 6: 3, 7: 4, 25: 13, 400: 200, 1000: 200} {
		if got := breakerThreshold(desired); got != want {
			t.Errorf("%d tasks: got %d, want %d", desired, got, want)
		}
	}
}
